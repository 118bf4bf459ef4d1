// When a reader is notified of a winner: a result that may still be a wrong envelope waits, and one in doubt waits for
// its end. Pure: time is passed in.

import { winnersKey } from "./winners.js";

/** @import { Category, News } from "./wire.d.ts" */

export const NEVER = -1;

export class Notices {
  /**
   * @param {object} options
   * @param {number} options.hold seconds for which a result that is not confirmed waits; NEVER: until it is
   * @param {Record<string, string>} [options.notified] results by category that this reader was notified of before
   * @param {Category[]} options.categories as the page shows them at the start: nobody is notified of these
   */
  constructor({ hold, notified = {}, categories }) {
    this.hold = hold;
    this.notified = { ...notified };
    /** @type {Record<string, string>} */
    this.known = {};
    /** @type {Map<string, {category: Category, since: number}>} */
    this.waiting = new Map();
    for (const category of categories) this.known[category.id] = winnersKey(category);
  }

  /**
   * @param {Category} category as it is now
   * @param {number} now ms since 1970
   * @returns {News[]} what to tell at once
   */
  see(category, now) {
    const { id } = category;
    const is = winnersKey(category);
    const notified = this.notified[id] ?? "";
    const fresh = is !== (this.known[id] ?? "");
    this.known[id] = is;
    if (notified && is !== notified) return category.doubt ? [] : this.#takeBack(category, is);
    if (!is || is === notified) {
      this.waiting.delete(id);
      return [];
    }
    const waiting = this.waiting.get(id);
    if (!fresh && !waiting) return []; // was there before the reader wanted notifications
    if (!category.doubt && (category.state === "confirmed" || this.hold === 0)) return [this.#tell(category, "won")];
    this.waiting.set(id, { category, since: fresh || !waiting ? now : waiting.since });
    return [];
  }

  /** What has waited long enough. @param {number} now ms since 1970 */
  due(now) {
    const ready = [...this.waiting.values()].filter((each) => this.#at(each) <= now);
    return ready.map(({ category }) => this.#tell(category, "won"));
  }

  /** When `due` is worth asking again; Infinity if nothing waits for a time. */
  get next() {
    return Math.min(Infinity, ...[...this.waiting.values()].map((each) => this.#at(each)));
  }

  /** @param {{category: Category, since: number}} waiting */
  #at({ category, since }) {
    return category.doubt || this.hold === NEVER ? Infinity : since + this.hold * 1000;
  }

  /**
   * A reader who was notified of a result is notified at once that it was wrong.
   * @param {Category} category
   * @param {string} is
   * @returns {News[]}
   */
  #takeBack(category, is) {
    this.waiting.delete(category.id);
    if (is) return [this.#tell(category, "corrected")];
    delete this.notified[category.id];
    return [{ category, what: "withdrawn" }];
  }

  /** @param {Category} category @param {News["what"]} what @returns {News} */
  #tell(category, what) {
    this.waiting.delete(category.id);
    this.notified[category.id] = winnersKey(category);
    return { category, what };
  }
}
