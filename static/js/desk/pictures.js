// A post's pictures: dropped, pasted, chosen or taken; uploaded at once; each with words for those who do not see it.

import { button, element, problemLine, say } from "./dom.js";
import { takeFiles } from "./dropping.js";
import { moved } from "./order.js";
import { failedRow, pictureRow, waitingRow } from "./picture_rows.js";
import { entry, headOf, takeAnyway, TYPES, unfit } from "./picture_rules.js";

/** @import { Api, Offered, Picture, Problem } from "./desk.d.ts" */

/**
 * @typedef {object} Shot a picture of the list, or what may become one
 * @property {File} [file]
 * @property {string} [name] under /media/, once it is uploaded
 * @property {number} [width]
 * @property {number[]} [widths]
 * @property {string} alt
 * @property {string} caption
 * @property {string} credit
 * @property {string} [by] who uploaded it, if that was a moment ago
 * @property {Offered} [offered] what the file itself says
 * @property {AbortController | null} [stop] while it is on its way
 * @property {{message: string, problem?: Problem}} [wrong] why it is no picture
 * @property {HTMLElement} row
 */

export class Pictures {
  /** @type {Shot[]} */
  #shots = [];
  #list = element("ol", { class: "roll", "aria-label": "Pictures" });
  #problem = problemLine();
  #said = element("p", { class: "unseen", role: "status" });
  #ways;

  /**
   * Put the pictures' part of a form into `box`.
   * @param {HTMLElement} box
   * @param {object} options
   * @param {Api["upload"]} options.upload resolves with the picture as the API tells it
   * @param {HTMLElement} [options.around] where files may be dropped and pasted; the form, when not given
   * @param {() => void} [options.changed] called after everything that changes what `media` says
   * @param {(one: Shot) => ((gone: () => void) => Promise<unknown>) | null} [options.destroy] what deletes a picture
   *   for good, for those who may; it calls `gone` once it did
   */
  constructor(box, options) {
    const { upload, around = box.closest("form") ?? box, changed = () => {}, destroy = () => null } = options;
    this.upload = upload;
    this.destroy = destroy;
    this.changed = changed;
    const [chooser, camera] = [this.#input({ multiple: true }), this.#input({ capture: "environment" })];
    this.#ways = element("p", { class: "ways" },
      button("Add pictures", () => chooser.click()), button("Take a photo", () => camera.click(), "camera"),
      element("span", { class: "hint" }, "or drop them, or paste them"));
    box.classList.add("pictures-box");
    box.append(this.#list, this.#ways, chooser, camera, this.#problem, this.#said);
    takeFiles(around, { box, add: (files) => this.add(files) });
  }

  /** What the API takes: those that have their words. */
  media() {
    return this.#shots.flatMap(({ name, ...words }) => (name && words.alt.trim() ? [entry({ name, ...words })] : []));
  }

  /** Those that are uploaded, with their words or still without. @returns {any[]} as the API takes pictures */
  all() {
    return this.#shots.flatMap(({ name, ...words }) => (name ? [entry({ name, ...words })] : []));
  }

  /** The names of the files that are on their way. */
  onTheWay() {
    return this.#shots.flatMap(({ stop, file }) => (stop && file ? [file.name] : []));
  }

  /** Whether something is still to come: an upload, or the words of a picture. */
  unfinished() {
    return this.#shots.some(({ stop, name, alt }) => stop || (name && !alt.trim()));
  }

  /** Name files that were on their way when the page went. @param {string[]} names */
  lost(names) {
    if (!names.length) return;
    const words = names.length === 1 ? "was still on its way: choose it" : "were still on their way: choose them";
    say(this.#problem, `${names.join(", ")} ${words} again.`);
  }

  /** Show these instead. @param {Picture[]} media */
  put(media) {
    for (const one of this.#shots) one.stop?.abort();
    this.#shots = media.map((picture) => {
      const words = { caption: picture.caption ?? "", credit: picture.credit ?? "" };
      /** @type {Shot} */
      const one = { ...picture, ...words, row: element("li") };
      one.row = this.#row(one);
      return one;
    });
    this.#list.replaceChildren(...this.#shots.map((one) => one.row));
    say(this.#problem, "");
  }

  /** Whether uploads are on their way. */
  busy() {
    return this.#shots.some((one) => one.stop);
  }

  /** Take files in their order; those that cannot be pictures are named. @param {File[]} files */
  async add(files) {
    const heads = await Promise.all(files.map(headOf));
    const refused = new Set();
    files.forEach((file, n) => {
      const why = unfit(file, heads[n], this.#shots.length);
      if (why) refused.add(why);
      else this.#send(file);
    });
    say(this.#problem, [...refused].join(" "));
  }

  /** @param {Record<string, any>} more */
  #input(more) {
    const made = element("input", { type: "file", accept: TYPES.join(","), hidden: true, ...more, onchange: () => {
      this.add([...made.files ?? []]);
      made.value = ""; // the same file may be chosen again
    } });
    return made;
  }

  /** @param {File} file @param {{byBytes?: boolean}} how */
  async #send(file, { byBytes } = {}) {
    const stop = new AbortController();
    /** @type {Shot} */
    const one = { file, alt: "", caption: "", credit: "", stop,
      row: waitingRow(file.name, () => this.#remove(one)) };
    this.#shots.push(one);
    this.#list.append(one.row);
    this.changed();
    try {
      const progress = (/** @type {number} */ part) => showProgress(one, part);
      const made = await this.upload(file, { progress, signal: stop.signal, byBytes });
      if (this.#shots.some((other) => other !== one && other.name === made.name)) {
        this.#drop(one);
        say(this.#problem, `${file.name} is there already.`);
        return;
      }
      Object.assign(one, made, { stop: null });
      this.#settle(one);
      this.#said.textContent = `${file.name} is uploaded. It needs a description.`;
    } catch (error) {
      if (error.name === "AbortError") return;
      Object.assign(one, { stop: null, wrong: error });
      this.#settle(one);
    }
    this.changed();
  }

  /** What was uploaded has become a picture, or not; the keyboard stays where it is. @param {Shot} one */
  #settle(one) {
    const held = one.row.contains(document.activeElement);
    const made = one.wrong ? this.#failed(one, one.wrong) : this.#row(one);
    one.row.replaceWith(made);
    one.row = made;
    if (held) focusIn(made);
  }

  /** @param {Shot} one @param {{message: string, problem?: Problem}} why */
  #failed(one, { message, problem }) {
    const file = /** @type {File} */ (one.file);
    const byBytes = takeAnyway(problem);
    const again = () => { this.#drop(one); this.#send(file, { byBytes: Boolean(byBytes) }); };
    return failedRow(file.name, message, { way: byBytes || "Try again", again, remove: () => this.#remove(one) });
  }

  /** @param {Shot} one */
  #row(one) {
    const destroy = this.destroy(one);
    return pictureRow(one, {
      changed: this.changed, shift: (by) => this.#shift(one, by), remove: () => this.#remove(one),
      destroy: destroy && (() => destroy(() => this.#remove(one))),
    });
  }

  /** @param {Shot} one @param {number} by places */
  #shift(one, by) {
    const active = /** @type {HTMLElement | null} */ (document.activeElement);
    const from = this.#shots.indexOf(one);
    this.#shots = moved(this.#shots, from, from + by);
    const at = this.#shots.indexOf(one);
    if (at === from) return; // it is the first, or the last
    this.#list.insertBefore(one.row, this.#shots[at + 1]?.row ?? null);
    active?.focus({ preventScroll: true }); // moving an element takes the keyboard from it
    this.#said.textContent = `Picture ${at + 1} of ${this.#shots.length}`;
    this.changed();
  }

  /** @param {Shot} one */
  #drop(one) {
    one.stop?.abort();
    this.#shots = this.#shots.filter((other) => other !== one);
    one.row.remove();
    this.changed();
  }

  /** @param {Shot} one */
  #remove(one) {
    const at = this.#shots.indexOf(one);
    this.#drop(one);
    this.#said.textContent = "The picture was taken out";
    focusIn(this.#shots[Math.min(at, this.#shots.length - 1)]?.row ?? this.#ways);
  }
}

/** @param {Shot} shot @param {number} part of it that is sent */
function showProgress({ row }, part) {
  const bar = row.querySelector("progress");
  if (!bar) return;
  if (part >= 1) bar.removeAttribute("value"); // sent; it is being made ready
  else bar.value = part;
}

/** @param {HTMLElement} row */
const focusIn = (row) => /** @type {HTMLElement | null} */ (row.querySelector("textarea, button"))?.focus();
