// Which drafts were submitted since the desk last looked. Pure.

/** @import { Draft } from "./desk.d.ts" */

export class Submissions {
  /** The ids of those that were there; undefined before the first look. @type {Set<string> | undefined} */
  #known;

  /** @param {string} who this page's editor, who is not told of his or her own */
  constructor(who) {
    this.who = who;
  }

  /** Those that are new; at the first look none is. @param {Draft[]} drafts @returns {Draft[]} */
  look(drafts) {
    const known = this.#known;
    const submitted = drafts.filter(({ state }) => state === "submitted");
    this.#known = new Set(submitted.map(({ id }) => id));
    return known ? submitted.filter(({ id, author }) => !known.has(id) && author !== this.who) : [];
  }
}
