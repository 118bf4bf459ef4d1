// Who is told of a winner, and when: a result that may still be a wrong envelope waits. Pure: time is passed in.

import { winnersKey } from "./winners.js";

export const NEVER = -1;

export class Notices {
  /**
   * @param hold seconds for which a result that is not confirmed waits; NEVER: until it is
   * @param told results by category that this reader was told of, from earlier
   * @param categories as the page shows them at the start: nobody needs to be told of these
   */
  constructor({ hold, told = {}, categories }) {
    Object.assign(this, { hold, told: { ...told }, known: {}, waiting: new Map() });
    for (const category of categories) this.known[category.id] = winnersKey(category);
  }

  /** A category as it is now. Answers with what to tell at once: [{category, what: won | corrected | withdrawn}]. */
  see(category, now) {
    const { id } = category;
    const is = winnersKey(category);
    const told = this.told[id] ?? "";
    const fresh = is !== (this.known[id] ?? "");
    this.known[id] = is;
    if (told && is !== told) return this.#takeBack(category, is);
    if (!is || is === told) {
      this.waiting.delete(id);
      return [];
    }
    if (!fresh && !this.waiting.has(id)) return []; // was there before the reader asked to be told
    if (category.state === "confirmed" || this.hold === 0) return [this.#tell(category, "won")];
    const since = fresh ? now : this.waiting.get(id).since;
    this.waiting.set(id, { category, since });
    return [];
  }

  /** What has waited long enough. */
  due(now) {
    const ready = [...this.waiting.values()].filter((each) => this.#at(each) <= now);
    return ready.map(({ category }) => this.#tell(category, "won"));
  }

  /** When `due` is worth asking again; Infinity if nothing waits for a time. */
  get next() {
    return Math.min(Infinity, ...[...this.waiting.values()].map((each) => this.#at(each)));
  }

  #at({ since }) {
    return this.hold === NEVER ? Infinity : since + this.hold * 1000;
  }

  /** Who was told is told at once that it was wrong. */
  #takeBack(category, is) {
    this.waiting.delete(category.id);
    if (is) return [this.#tell(category, "corrected")];
    delete this.told[category.id];
    return [{ category, what: "withdrawn" }];
  }

  #tell(category, what) {
    this.waiting.delete(category.id);
    this.told[category.id] = winnersKey(category);
    return { category, what };
  }
}
