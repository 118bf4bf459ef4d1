// What is in the composer: a text, what it belongs to, and when it goes out by itself. This browser keeps it.

import { differing } from "./conflict.js";
import { keepPlace, part } from "./dom.js";
import { planned, planOf } from "./plan.js";
import { EDITABLE, emptyOf, FIELDS, fieldsOf, isEmpty } from "./text.js";

/**
 * @import { Edited, Plan, Target, Text, Typed } from "./desk.d.ts"
 * @import { KeptTexts } from "./kept_texts.js"
 * @import { Pictures } from "./pictures.js"
 */

const KEEP = 300; // ms after the last key
const NOTHING = planOf(null);

/**
 * @typedef {Record<Exclude<keyof Text, "media">, HTMLInputElement> & {correction: HTMLInputElement,
 *   body: HTMLTextAreaElement, type: HTMLSelectElement, category: HTMLSelectElement}} Fields
 */

export class Composition {
  /** What is being edited; null: a new update. @type {Target | null} */
  target = null;
  plan = NOTHING;
  /** Where this browser keeps it; null before it is known. @type {KeptTexts | null} */
  kept = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HTMLFormElement} form its controls have the names of a text's fields (text.js), but for the pictures
   * @param {object} options
   * @param {Pictures} options.pictures
   * @param {() => void} options.changed called when the fields say something else
   * @param {() => void} options.turned called when they belong to something else
   * @param {() => void} options.unkept called when this browser keeps nothing
   */
  constructor(form, { pictures, changed, turned, unkept }) {
    this.fields = /** @type {Fields} */ (/** @type {unknown} */ (form.elements));
    this.buttons = part(form, ".send");
    this.pictures = pictures;
    this.changed = changed;
    this.turned = turned;
    this.unkept = unkept;
  }

  /** Whether a published post is being edited. */
  get onPost() {
    return this.target?.kind === "post";
  }

  /** Whether it is something else than a new update for now: a post, a draft, a text for later. */
  get opened() {
    return this.target !== null || planned(this.plan);
  }

  /** @returns {Text} what was there when editing began */
  get base() {
    return this.target?.base ?? {};
  }

  /** `post:…` or `draft:…`; null for a new text. */
  get ref() {
    return this.target ? `${this.target.kind}:${this.target.id}` : null;
  }

  /** @returns {Text} the text as the API takes it */
  written() {
    return Object.fromEntries(this.#names().map((name) => [name, this.#read(name)]));
  }

  /** The text with all that belongs to it, complete or not, as it is kept. @returns {Typed} */
  typed() {
    return { ...this.written(), media: this.pictures.all(), correction: this.fields.correction.value };
  }

  /** What is in the composer, to be taken into it again. @returns {Edited} */
  edited() {
    return { text: this.typed(), target: this.target, plan: this.plan, onTheWay: this.pictures.onTheWay() };
  }

  /** What is typed, to be compared with later: whether somebody typed on. */
  stamp() {
    return JSON.stringify(this.typed());
  }

  planChanged() {
    return JSON.stringify(this.plan) !== JSON.stringify(planOf(this.target?.base));
  }

  unsaved() {
    const text = this.written();
    if (this.pictures.unfinished()) return true;
    if (!this.target) return !isEmpty(text);
    if (this.target.kind === "draft" && this.planChanged()) return true;
    return differing(fieldsOf(this.base, this.#names()), text).length > 0 || this.fields.correction.value !== "";
  }

  /** Turn to something else; the fields stay as they are. @param {Target | null} target @param {Plan} [plan] */
  turnTo(target, plan) {
    this.buttons.style.marginTop = "";
    this.target = target;
    this.plan = this.onPost ? NOTHING : plan ?? planOf(target?.base);
    this.fields.correction.value = "";
    this.turned();
  }

  /** @param {Typed} text @param {string[]} [onTheWay] pictures that did not arrive */
  fill(text, onTheWay = []) {
    const values = fieldsOf(text);
    for (const name of FIELDS) this.#write(name, values[name]);
    if (this.fields.type.selectedIndex < 0) this.fields.type.value = emptyOf("type"); // one that editors cannot choose
    if (text.correction) this.fields.correction.value = text.correction;
    this.pictures.lost(onTheWay);
    this.changed();
  }

  /** Make room for the next text. The buttons stay under the pointer until somebody writes. */
  clear() {
    const stay = keepPlace(this.buttons);
    this.turnTo(null);
    this.fill({ byline: this.fields.byline.value || this.fields.byline.defaultValue });
    this.keep();
    stay();
  }

  /** Keep it in this browser, now. */
  keep() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.kept) return;
    if (!this.unsaved()) this.kept.drop();
    else if (!this.kept.keep(this.#note())) this.unkept();
  }

  /** Somebody typed: keep it in a moment. */
  touch() {
    this.buttons.style.marginTop = "";
    this.changed();
    this.#timer ??= setTimeout(() => this.keep(), KEEP);
  }

  #note() {
    return { at: Date.now(), ...this.edited() };
  }

  /** Those of a published post may not all change. */
  #names() {
    return this.onPost ? EDITABLE : FIELDS;
  }

  /** @param {keyof Text} name @param {any} value */
  #write(name, value) {
    if (name === "media") return this.pictures.put(value);
    const control = this.fields[name];
    if (isBox(control)) control.checked = value;
    else control.value = value ?? "";
    return undefined;
  }

  /** What a field's control holds; blanks alone are nothing. @param {keyof Text} name */
  #read(name) {
    if (name === "media") return this.pictures.media();
    const control = this.fields[name];
    if (isBox(control)) return control.checked;
    return control.value.trim() ? control.value : emptyOf(name);
  }
}

/** @param {HTMLElement & {type: string}} control @returns {control is HTMLInputElement & {type: "checkbox"}} */
const isBox = (control) => control.type === "checkbox";
