// The masthead says how the desk stands. In danger it becomes a band in a warning colour that stays in sight, with a
// button for what to do; it has its room already, so that nothing on the page moves.

import { label, part, show } from "./dom.js";
import { standing } from "./standing.js";

/** @import { Facts } from "./standing.js" */

const LABELS = { "sign in": "Sign in", outbox: "Show" };

export class Danger {
  /** @type {Facts} */
  #facts = { line: "connecting", signedOut: false, waiting: 0, undecided: 0, keeps: true };
  #remedy = /** @type {keyof typeof LABELS | null} */ (null);

  /** @param {HTMLElement} bar @param {Record<keyof typeof LABELS, () => void>} remedies */
  constructor(bar, remedies) {
    this.bar = bar;
    this.connection = part(bar, "#connection");
    this.words = part(bar, "#danger");
    this.button = part(bar, "#remedy");
    this.button.addEventListener("click", () => { if (this.#remedy) remedies[this.#remedy](); });
  }

  /** Learn something. @param {Partial<Facts>} facts */
  know(facts) {
    Object.assign(this.#facts, facts);
    const { words, danger, remedy } = standing(this.#facts);
    this.#remedy = remedy;
    for (const [place, text] of /** @type {const} */ ([[this.connection, words], [this.words, danger]])) {
      if (place.textContent !== text) place.textContent = text; // said aloud once
    }
    this.bar.toggleAttribute("data-danger", danger !== "");
    show(this.button, remedy !== null);
    if (remedy) label(this.button, LABELS[remedy]);
  }
}
