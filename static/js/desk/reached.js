// How many readers had a change, and how soon: what the server tells while the desk is open, and before that from the
// call log.

/** @import { LoggedCall, Reached, Workspace } from "./desk.d.ts" */

const KEPT = 100; // changes, the newest

/** `12,431 readers had it within 94 ms` @param {Pick<Reached, "readers" | "ms">} reached */
export const reachedInWords = ({ readers, ms }) =>
  `${readers.toLocaleString()} ${readers === 1 ? "reader" : "readers"} had it within ${ms}\u00a0ms`;

export class ReachedReaders {
  /** By the change's number. @type {Map<number, Pick<Reached, "readers" | "ms">>} */
  #known = new Map();

  /** @param {Pick<Workspace, "api">} workspace @param {() => void} changed */
  constructor({ api }, changed) {
    this.api = api;
    this.changed = changed;
  }

  /** Read what the log has of the calls so far. */
  async start() {
    /** @type {{calls: LoggedCall[]} | null} */
    const answer = await this.api.read("/calls").catch(() => null);
    for (const { seq, readers, ms } of answer?.calls ?? []) {
      const isKnown = readers !== undefined && typeof ms === "number";
      if (isKnown && !this.#known.has(seq)) this.#known.set(seq, { readers, ms });
    }
    this.changed();
  }

  /** @param {Reached | null} reached the last change */
  tell(reached) {
    if (!reached) return;
    const { seq, readers, ms } = reached;
    const before = this.#known.get(seq);
    if (before?.readers === readers && before.ms === ms) return;
    this.#known.set(seq, { readers, ms });
    if (this.#known.size > KEPT) this.#known.delete(Math.min(...this.#known.keys()));
    this.changed();
  }

  /** @param {number} seq */
  of(seq) {
    return this.#known.get(seq);
  }
}
