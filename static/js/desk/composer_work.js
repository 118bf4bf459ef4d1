// What the composer does, one act at a time. The button that was pressed shows that it waits; what is asked for
// meanwhile comes afterwards.

import { waiting } from "./dom.js";

export class ComposerWork {
  #busy = false;
  /** @type {(() => void) | null} */
  #next = null;

  /** @param {{buttons: HTMLElement[], problem: (words: string) => void}} options `problem` shows what went wrong */
  constructor({ buttons, problem }) {
    this.buttons = buttons;
    this.problem = problem;
  }

  get busy() {
    return this.#busy;
  }

  /** Whether `act` has to come later: it does then, unless something else is asked for. @param {() => void} act */
  comesLater(act) {
    if (this.#busy) this.#next = act;
    return this.#busy;
  }

  /**
   * @param {HTMLElement} pressed
   * @param {string} words that it shows meanwhile
   * @param {() => Promise<unknown>} act
   */
  async do(pressed, words, act) {
    this.#busy = true;
    for (const one of this.buttons) one.setAttribute("aria-disabled", "true");
    const over = waiting(pressed, words);
    this.problem("");
    try {
      await act();
    } catch (error) {
      this.problem(error.message);
    } finally {
      this.#busy = false;
      over();
      for (const one of this.buttons) one.removeAttribute("aria-disabled");
      const asked = this.#next;
      this.#next = null;
      asked?.();
    }
  }
}
