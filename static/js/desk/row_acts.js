// Acts that are pressed in a row of a list: each once at a time, and what goes wrong, or waits, is told in that row.

import { problemLine, say } from "./dom.js";

/** @import { Kept } from "./desk.d.ts" */

export class RowActs {
  /** What was pressed last in a row, by its ref. @type {Map<string, {name: string, done: Promise<void>}>} */
  #busy = new Map();
  /** @type {Map<string, string>} */
  #texts = new Map();
  /** Rows that an act in the outbox is about. @type {Set<string>} */
  #waiting = new Set();
  /** Rows in which an act was pressed that waits in the outbox. @type {Set<string>} */
  #kept = new Set();
  /** Rows in which another act was pressed while one waits in the outbox. @type {Set<string>} */
  #pressed = new Set();

  /**
   * The row's line for what went wrong; it holds the text of an earlier try that the row was made again after.
   * @param {string} ref
   */
  problem(ref) {
    const made = problemLine();
    made.dataset.of = ref;
    say(made, this.#text(ref));
    return made;
  }

  /**
   * Do an act. The same one pressed again meanwhile is not done twice; another one, which the row may offer as soon as
   * the connection tells what the first did, comes after it. Nothing is done on a row that has an act in the outbox.
   * @param {string} ref
   * @param {string} name
   * @param {() => Promise<unknown>} act
   */
  async attempt(ref, name, act) {
    const before = this.#busy.get(ref);
    if (this.#waits(ref)) {
      this.#pressed.add(ref);
      this.#show(ref);
    }
    if (this.#waits(ref) || before?.name === name) return;
    const done = (before?.done ?? Promise.resolve()).then(() => this.#do(ref, act));
    this.#busy.set(ref, { name, done });
    await done;
    if (this.#busy.get(ref)?.done === done) this.#busy.delete(ref);
  }

  /** @param {string} ref @param {() => Promise<unknown>} act */
  async #do(ref, act) {
    this.tell(ref, "");
    try {
      const answer = /** @type {Kept | undefined} */ (await act());
      if (answer?.kept) this.#keep(ref, answer);
    } catch (error) {
      this.tell(ref, error.message);
    }
  }

  /** @param {string} ref @param {Kept} waiting */
  #keep(ref, { settled }) {
    const over = () => {
      this.#kept.delete(ref);
      this.#show(ref);
    };
    this.#kept.add(ref);
    this.#show(ref);
    settled.then(over, over);
  }

  /** @param {string} ref */
  #waits(ref) {
    return this.#waiting.has(ref) || this.#kept.has(ref);
  }

  /** Whether an act of the row is on its way, or waits in the outbox. @param {string} ref */
  isBusy(ref) {
    return this.#busy.has(ref) || this.#waits(ref);
  }

  /** Which rows have an act in the outbox. @param {string[]} refs */
  wait(refs) {
    const before = this.#waiting;
    this.#waiting = new Set(refs);
    for (const ref of new Set([...before, ...refs])) this.#show(ref);
  }

  /** Tell something in a row. @param {string} ref @param {string} text */
  tell(ref, text) {
    this.#texts.set(ref, text);
    this.#show(ref);
  }

  /** @param {string} ref */
  #text(ref) {
    if (!this.#waits(ref)) return this.#texts.get(ref) ?? "";
    return this.#pressed.has(ref)
      ? "In the outbox, waiting for the line. Only one act can wait here: to do another, take that one back in it."
      : "In the outbox, waiting for the line.";
  }

  /** @param {string} ref */
  #show(ref) {
    if (!this.#waits(ref) && this.#pressed.delete(ref)) {
      this.#texts.set(ref, "What was pressed meanwhile was not done. If it is still right, press it again.");
    }
    const places = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-of="${CSS.escape(ref)}"]`));
    for (const place of places) say(place, this.#text(ref));
  }
}
