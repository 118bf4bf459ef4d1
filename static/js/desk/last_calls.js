// Who called what, when, and how soon readers had it: the newest line of the call log for each category.

/** @import { Call, Category, Reached, Workspace } from "./desk.d.ts" */

export class LastCalls {
  /** By category. @type {Map<string, Call>} */
  #newest = new Map();
  #seen = ""; // the versions of the categories that were asked about
  /** What the server told of changes, by their numbers. @type {Map<number, Reached>} */
  #reached = new Map();
  /** When a category was first seen on stage here, for what no log tells. @type {Map<string, number>} */
  #since = new Map();

  /** @param {Pick<Workspace, "api">} workspace @param {() => void} changed */
  constructor({ api }, changed) {
    this.api = api;
    this.changed = changed;
  }

  /** Ask again when a category has changed. @param {Category[]} categories */
  async look(categories) {
    const seen = categories.map(({ id, seq }) => `${id} ${seq}`).join();
    if (seen === this.#seen) return;
    this.#seen = seen;
    for (const { id, state } of categories) {
      if (state !== "on_stage") this.#since.delete(id);
      else if (!this.#since.has(id)) this.#since.set(id, Date.now());
    }
    /** @type {{calls: Call[]} | null} */
    const answer = await this.api.read("/calls").catch(() => null);
    if (!answer || seen !== this.#seen) return;
    this.#newest = new Map(answer.calls.toReversed().map((call) => [call.category, call]));
    this.changed();
  }

  /** How many readers had the last change. @param {Reached | null} reached */
  tell(reached) {
    if (!reached) return;
    const before = this.#reached.get(reached.seq);
    this.#reached.set(reached.seq, reached);
    if (before?.readers !== reached.readers || before.ms !== reached.ms) this.changed();
  }

  /** The call that made a category what it is now. @param {Category} category */
  of(category) {
    const call = this.#newest.get(category.id);
    return call && call.seq === category.seq ? call : undefined;
  }

  /** How many readers had this version of a category, and how soon. @param {Category} category */
  reached(category) {
    const told = this.#reached.get(category.seq) ?? this.of(category);
    return told?.readers === undefined || typeof told.ms !== "number" ? undefined
      : { readers: told.readers, ms: told.ms };
  }

  /** Since when a category is on stage, in ms since 1970. @param {Category} category */
  since(category) {
    const call = this.of(category);
    return call?.act === "on_stage" ? Date.parse(call.at) : this.#since.get(category.id);
  }
}
