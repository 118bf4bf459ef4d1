// A post's pictures: dropped, pasted, chosen or taken; uploaded at once; each with words for those who do not see it.

import { button, element, problemLine, say } from "./dom.js";
import { takeFiles } from "./dropping.js";
import { failedRow, pictureRow, waitingRow } from "./picture_rows.js";
import { entry, moved, TYPES, unfit } from "./picture_rules.js";

/**
 * @typedef {object} Shot a picture of the roll, or what may become one
 * @property {File} [file]
 * @property {string} [name] under /media/, once it is uploaded
 * @property {number} [width]
 * @property {number[]} [widths]
 * @property {string} alt
 * @property {string} caption
 * @property {string} credit
 * @property {AbortController | null} [stop] while it is on its way
 * @property {string} [wrong] why it is no picture
 * @property {HTMLElement} row
 */

export class Pictures {
  /** @type {Shot[]} */
  #roll = [];
  #list = element("ol", { class: "roll", "aria-label": "Pictures" });
  #problem = problemLine();
  #told = element("p", { class: "unseen", role: "status" });
  #ways;

  /**
   * Put the pictures' part of a form into `box`.
   * @param {HTMLElement} box
   * @param {object} options
   * @param {(file: File, options: any) => Promise<any>} options.upload resolves with the picture as the API tells it
   *   (upload.js)
   * @param {HTMLElement} [options.around] where files may be dropped and pasted; the form, when not given
   * @param {() => void} [options.changed] called after everything that changes what `media` says
   */
  constructor(box, { upload, around = box.closest("form") ?? box, changed = () => {} }) {
    this.upload = upload;
    this.changed = changed;
    const [chooser, camera] = [this.#input({ multiple: true }), this.#input({ capture: "environment" })];
    this.#ways = element("p", { class: "ways" },
      button("Add pictures", () => chooser.click()), button("Take a photo", () => camera.click(), "camera"),
      element("span", { class: "hint" }, "or drop them, or paste them"));
    box.classList.add("pictures-box");
    box.append(this.#list, this.#ways, chooser, camera, this.#problem, this.#told);
    takeFiles(around, { box, add: (files) => this.add(files) });
  }

  /** What the API takes: those that have their words. */
  media() {
    return this.#roll.filter((one) => one.name && one.alt.trim()).map(entry);
  }

  /** Show these instead. @param {any[]} media */
  put(media) {
    for (const one of this.#roll) one.stop?.abort();
    this.#roll = media.map((one) => ({ caption: "", credit: "", ...one }));
    for (const one of this.#roll) one.row = this.#row(one);
    this.#list.replaceChildren(...this.#roll.map((one) => one.row));
    say(this.#problem, "");
  }

  /** Whether uploads are on their way. */
  busy() {
    return this.#roll.some((one) => one.stop);
  }

  /** Go to the first picture that lacks its words; true if there is one. */
  missing() {
    const lacking = this.#roll.filter((one) => one.name && !one.alt.trim())
      .map((one) => /** @type {HTMLElement} */ (one.row.querySelector(".alt textarea")));
    for (const field of lacking) field.setAttribute("aria-invalid", "true");
    const words = lacking.length === 1 ? "A picture lacks its description."
      : `${lacking.length} pictures lack their descriptions.`;
    if (lacking.length) say(this.#problem, words);
    lacking[0]?.focus();
    return lacking.length > 0;
  }

  /** Take files in their order; those that cannot be pictures are named. @param {File[]} files */
  add(files) {
    const refused = new Set();
    for (const file of files) {
      const why = unfit(file, this.#roll.length);
      if (why) refused.add(why);
      else this.#send(file);
    }
    say(this.#problem, [...refused].join(" "));
  }

  #input(more) {
    const made = element("input", { type: "file", accept: TYPES.join(","), hidden: true, ...more, onchange: () => {
      this.add([...made.files ?? []]);
      made.value = ""; // the same file may be chosen again
    } });
    return made;
  }

  async #send(file) {
    const stop = new AbortController();
    const one = /** @type {Shot} */ ({ file, alt: "", caption: "", credit: "", stop });
    one.row = waitingRow(file.name, () => this.#remove(one));
    this.#roll.push(one);
    this.#list.append(one.row);
    this.changed();
    try {
      const made = await this.upload(file, { progress: (part) => showProgress(one, part), signal: stop.signal });
      if (this.#roll.some((other) => other !== one && other.name === made.name)) {
        this.#drop(one);
        say(this.#problem, `${file.name} is there already.`);
        return;
      }
      Object.assign(one, made, { stop: null });
      this.#settle(one);
      this.#told.textContent = `${file.name} is uploaded. It needs a description.`;
    } catch (error) {
      if (error.name === "AbortError") return;
      Object.assign(one, { stop: null, wrong: error.message });
      this.#settle(one);
    }
    this.changed();
  }

  /** What was uploaded has become a picture, or not; the keyboard stays where it is. */
  #settle(one) {
    const held = one.row.contains(document.activeElement);
    const made = one.wrong ? this.#failed(one) : this.#row(one);
    one.row.replaceWith(made);
    one.row = made;
    if (held) focusIn(made);
  }

  #failed(one) {
    const again = () => { this.#drop(one); this.#send(one.file); };
    return failedRow(one.file.name, one.wrong, { again, remove: () => this.#remove(one) });
  }

  #row(one) {
    return pictureRow(one, {
      changed: this.changed, shift: (by) => this.#shift(one, by), remove: () => this.#remove(one),
    });
  }

  #shift(one, by) {
    const at = /** @type {HTMLElement | null} */ (document.activeElement);
    const next = moved(this.#roll, this.#roll.indexOf(one), by);
    if (next === this.#roll) return;
    this.#roll = next;
    const place = next.indexOf(one);
    this.#list.insertBefore(one.row, next[place + 1]?.row ?? null);
    at?.focus({ preventScroll: true }); // moving an element takes the keyboard from it
    this.#told.textContent = `Picture ${place + 1} of ${next.length}`;
    this.changed();
  }

  #drop(one) {
    one.stop?.abort();
    this.#roll = this.#roll.filter((other) => other !== one);
    one.row.remove();
    this.changed();
  }

  #remove(one) {
    const at = this.#roll.indexOf(one);
    this.#drop(one);
    this.#told.textContent = "The picture was taken out";
    focusIn(this.#roll[Math.min(at, this.#roll.length - 1)]?.row ?? this.#ways);
  }
}

function showProgress({ row }, part) {
  const bar = row.querySelector("progress");
  if (part >= 1) bar.removeAttribute("value"); // sent; it is being made ready
  else bar.value = part;
}

/** @param {HTMLElement} row */
const focusIn = (row) => /** @type {HTMLElement | null} */ (row.querySelector("textarea, button"))?.focus();
