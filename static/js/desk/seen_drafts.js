// Which versions of the drafts this editor has looked at, kept in this browser. Pure but for what is handed in.

import { unread } from "./state.js";

/** @import { Draft } from "./desk.d.ts" */

export class SeenDrafts {
  /** @type {Record<string, number>} versions by the drafts' ids */
  #seen;

  /**
   * @param {string} who
   * @param {object} store
   * @param {() => Record<string, number>} store.load
   * @param {(seen: Record<string, number>) => void} store.save
   */
  constructor(who, { load, save }) {
    this.who = who;
    this.load = load;
    this.save = save;
    this.#seen = load();
  }

  /** Another tab may have written. */
  reload() {
    this.#seen = this.load();
  }

  /** Whether somebody else changed it since. @param {Draft} draft */
  isNew(draft) {
    return unread(draft, this.who, this.#seen);
  }

  /**
   * Some were looked at; of all others only those that are still there are remembered.
   * @param {Draft[]} some
   * @param {Draft[]} there
   */
  look(some, there) {
    const seen = { ...this.#seen, ...Object.fromEntries(some.map((draft) => [draft.id, draft.seq])) };
    this.#seen = Object.fromEntries(there.filter(({ id }) => id in seen).map(({ id }) => [id, seen[id]]));
    this.save(this.#seen);
  }
}
