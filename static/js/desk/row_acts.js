// Acts that are pressed in a row of a list: each once at a time, and what goes wrong, or waits, is told in that row.

import { problemLine, say } from "./dom.js";

export class RowActs {
  #busy = new Map(); // row → {name, done} of what was pressed last
  #texts = new Map();
  #waiting = new Set();

  /** The row's line for what went wrong; it holds the text of an earlier try that the row was made again after. */
  problem(ref) {
    const made = problemLine();
    made.dataset.of = ref;
    say(made, this.#text(ref));
    return made;
  }

  /**
   * Do an act. The same one pressed again meanwhile is not done twice; another one, which the row may offer as soon as
   * the line tells what the first did, comes after it. Nothing is done on a row that has an act in the outbox.
   */
  async attempt(ref, name, act) {
    const before = this.#busy.get(ref);
    if (this.#waiting.has(ref) || before?.name === name) return;
    const done = (before?.done ?? Promise.resolve()).then(() => this.#do(ref, act));
    this.#busy.set(ref, { name, done });
    await done;
    if (this.#busy.get(ref)?.done === done) this.#busy.delete(ref);
  }

  async #do(ref, act) {
    this.tell(ref, "");
    try {
      await act();
    } catch (error) {
      this.tell(ref, error.message);
    }
  }

  /** Which rows have an act in the outbox. */
  wait(refs) {
    const before = this.#waiting;
    this.#waiting = new Set(refs);
    for (const ref of new Set([...before, ...refs])) this.#show(ref);
  }

  /** Tell something in a row. */
  tell(ref, text) {
    this.#texts.set(ref, text);
    this.#show(ref);
  }

  #text(ref) {
    return this.#waiting.has(ref) ? "In the outbox, waiting for the line." : this.#texts.get(ref) ?? "";
  }

  #show(ref) {
    const line = document.querySelector(`[data-of="${CSS.escape(ref)}"]`);
    if (line) say(line, this.#text(ref));
  }
}
