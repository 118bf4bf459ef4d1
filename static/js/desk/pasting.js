// Pasting from other programs: the server makes Markdown of it (liveblog/intake), and it goes where the caret was.

import { carried, insertion } from "./insertion.js";
import { put } from "./toolbar.js";

/**
 * @import { Api } from "./desk.d.ts"
 * @import { Range } from "./insertion.js"
 */

const PATIENCE = 2000; // ms; then the plain text goes in
const MOST = 512 * 1024; // characters, as the server takes (web/desk.py)
const PLAIN = "Pasted as plain text.";

export class Pasting {
  /** Where each text goes that was asked for, in their order. @type {{range: Range, lost?: boolean}[]} */
  #waiting = [];
  #known = "";
  /** @type {Promise<void>} */
  #all = Promise.resolve();

  /**
   * @param {HTMLTextAreaElement} field
   * @param {{convert: Api["paste"], tell: (words: string) => void}} options
   */
  constructor(field, { convert, tell }) {
    this.field = field;
    this.convert = convert;
    this.tell = tell;
    field.addEventListener("paste", (event) => this.#paste(event));
    field.addEventListener("input", () => this.#follow());
  }

  /** Whether something is on its way. */
  get busy() {
    return this.#waiting.length > 0;
  }

  /** Resolves when nothing is on its way. */
  settled() {
    return this.#all;
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    if (event.defaultPrevented) return;
    const html = event.clipboardData?.getData("text/html") ?? "";
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!isForServer(html, text, event.clipboardData?.types ?? [])) return;
    event.preventDefault();
    this.#begin(html, text.replaceAll("\r\n", "\n"));
  }

  /** @param {string} html @param {string} text */
  #begin(html, text) {
    const { field } = this;
    if (!this.busy) this.#known = field.value;
    const place = { range: /** @type {Range} */ ([field.selectionStart, field.selectionEnd]) };
    this.#waiting.push(place);
    const answer = this.#ask(html, text);
    this.#all = this.#all.then(async () => {
      const { markdown, problem } = await answer;
      this.#arrive(place, markdown ?? text);
      if (problem) this.tell(problem);
    });
  }

  /**
   * The Markdown, or why there is none.
   * @param {string} html
   * @param {string} text
   * @returns {Promise<{markdown?: string, problem?: string}>}
   */
  async #ask(html, text) {
    if (html.length + text.length > MOST) return { problem: `${PLAIN} It is too long to keep its formatting.` };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const late = new Promise((/** @type {(nothing: null) => void} */ done) => {
      timer = setTimeout(() => done(null), PATIENCE);
    });
    try {
      const answer = await Promise.race([this.convert({ html, text }), late]);
      return answer ?? { problem: `${PLAIN} The line is too slow to keep its formatting.` };
    } catch (error) {
      return { problem: `${PLAIN} ${error.problem?.code ? sentence(error.message) : "The line is down."}` };
    } finally {
      clearTimeout(timer);
    }
  }

  /** The field says something else, because of an editor or of a text that arrived. */
  #follow() {
    if (!this.busy) return;
    const { value } = this.field;
    for (const place of this.#waiting) place.range = carried(place.range, this.#known, value);
    this.#known = value;
  }

  /** @param {{range: Range}} place @param {string} markdown */
  #arrive(place, markdown) {
    const { field } = this;
    this.#waiting = this.#waiting.filter((one) => one !== place);
    if (field.value !== this.#known) { // another text is in the composer by now
      this.tell("Not pasted: the text was changed meanwhile. Paste again.");
      return;
    }
    const edit = insertion(field.value, place.range, markdown);
    const { selectionStart, selectionEnd } = field;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    put(field, edit);
    this.#known = field.value;
    const end = edit.from + edit.put.length;
    for (const one of this.#waiting) if (one.range[0] === edit.from) one.range = [end, end];
    const shift = (/** @type {number} */ at) => (at > edit.to ? at + edit.put.length - (edit.to - edit.from) : at);
    if (selectionStart !== edit.from || selectionEnd !== edit.to) {
      field.setSelectionRange(shift(selectionStart), shift(selectionEnd));
    }
    if (focused !== field) focused?.focus();
  }
}

/** @param {string} text */
const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1).replace(/\.?$/, ".")}`;

/**
 * Whether a paste may hold more than its plain text. A lone address is one, whatever else a browser adds; and text of
 * a code editor is Markdown already.
 * @param {string} html
 * @param {string} text
 * @param {readonly string[]} types
 */
function isForServer(html, text, types) {
  if (!text.trim() || types.includes("vscode-editor-data") || /^\s*https?:\/\/\S+\s*$/i.test(text)) return false;
  return Boolean(html) || /^\s*</.test(text) || /\[embed\b/i.test(text);
}
