// The menu of names under the text: it opens by `@` or `/`, follows what is typed, and puts in what is chosen.

import { element } from "./dom.js";
import { offers, question } from "./name_search.js";
import { put } from "./toolbar.js";

/**
 * @import { Category } from "./desk.d.ts"
 * @import { Offer } from "./name_search.js"
 */

/**
 * @typedef {object} Options
 * @property {HTMLTextAreaElement} field
 * @property {HTMLElement} list
 * @property {HTMLElement} open the button that opens the menu
 * @property {() => Category[]} categories
 * @property {() => string} chosen the id of the category that the text is about
 */

export class NameMenu {
  /** The question that is being answered. @type {ReturnType<typeof question>} */
  #asked;
  /** @type {Offer[]} */
  #found = [];
  #at = 0;
  #refused = -1; // a sign that was escaped from stays a sign

  /** @param {Options} options */
  constructor({ field, list, open, categories, chosen }) {
    this.field = field;
    this.list = list;
    this.categories = categories;
    this.chosen = chosen;
    field.addEventListener("input", () => this.#look());
    field.addEventListener("click", () => { if (this.#asked) this.#look(); });
    field.addEventListener("blur", () => this.#close());
    field.addEventListener("keydown", (event) => this.#key(event), true);
    open.addEventListener("click", () => this.#open());
  }

  #close() {
    this.#asked = undefined;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.field.removeAttribute("aria-activedescendant");
  }

  #look() {
    const { value, selectionStart: caret, selectionEnd } = this.field;
    const asked = caret === selectionEnd ? question(value, caret) : undefined;
    if (!asked || asked.from === this.#refused) return this.#close();
    this.#refused = -1;
    this.#found = offers(asked.query, this.categories(), this.chosen());
    if (!this.#found.length) return this.#close();
    this.#asked = asked;
    this.#at = 0;
    return this.#draw();
  }

  #draw() {
    this.list.replaceChildren(...this.#found.map(({ label, hint }, n) =>
      element("li", { role: "option", id: `name-${n}`, "aria-selected": String(n === this.#at),
          onmousedown: (/** @type {Event} */ event) => { event.preventDefault(); this.#choose(n); } },
      label, " ", element("span", { class: "hint" }, hint))));
    this.list.hidden = false;
    this.field.setAttribute("aria-activedescendant", `name-${this.#at}`);
  }

  /** @param {number} n */
  #choose(n) {
    const text = `${this.#found[n].put} `;
    const from = this.#asked?.from ?? this.field.selectionStart;
    this.#close();
    this.#put(from, this.field.selectionStart, text);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.#asked || event.isComposing || event.ctrlKey || event.metaKey) return;
    const { from } = this.#asked;
    const keys = {
      ArrowDown: () => this.#move(1), ArrowUp: () => this.#move(-1),
      Escape: () => {
        this.#refused = from;
        this.#close();
      },
      Enter: () => this.#choose(this.#at), Tab: () => this.#choose(this.#at),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    keys[/** @type {keyof typeof keys} */ (event.key)]();
  }

  /** @param {number} by */
  #move(by) {
    this.#at = (this.#at + by + this.#found.length) % this.#found.length;
    this.#draw();
  }

  /** By the button: as if the sign was typed. */
  #open() {
    const { value, selectionStart: from, selectionEnd } = this.field;
    const before = value.slice(0, from);
    this.#put(from, selectionEnd, before && !/[\s(]$/.test(before) ? " @" : "@");
    this.#look();
  }

  /** @param {number} from @param {number} to @param {string} text */
  #put(from, to, text) {
    put(this.field, { from, to, put: text, select: [from + text.length, from + text.length] });
  }
}
