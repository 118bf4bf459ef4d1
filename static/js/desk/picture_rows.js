// The rows of the pictures' list: one on its way, one that failed, and a picture with its words.

import { button, element } from "./dom.js";
import { offersFor, thumbnail } from "./picture_rules.js";

/** @import { Shot } from "./pictures.js" */

/** @param {string} name @param {() => void} remove */
export const waitingRow = (name, remove) => element("li", { class: "waiting" },
  element("span", { class: "name" }, name),
  element("progress", { max: "1", value: "0", "aria-label": `Uploading ${name}` }),
  element("span", { class: "acts" }, button("Remove", remove)));

/**
 * @param {string} name
 * @param {string} why
 * @param {{way: string, again: () => void, remove: () => void}} acts `way`: what `again` is called
 */
export const failedRow = (name, why, { way, again, remove }) => element("li", { class: "failed" },
  element("span", { class: "name" }, name), element("span", { class: "problem", role: "alert" }, why),
  element("span", { class: "acts" }, button(way, again), button("Remove", remove)));

/** @typedef {"alt" | "caption" | "credit"} Words what people say of a picture */

/**
 * @param {Shot} one gets the words that are typed
 * @param {{changed: () => void, shift: (by: number) => void, remove: () => void,
 *   destroy: (() => Promise<unknown>) | null}} acts `destroy` only for those who may
 */
export function pictureRow(one, { changed, shift, remove, destroy }) {
  /**
   * @param {Words} name
   * @param {string} label
   * @param {"textarea" | "input"} tag
   * @param {Record<string, any>} more
   */
  const words = (name, label, tag, more) => {
    const made = control(one, name, tag, more, changed);
    return element("div", { class: name }, element("label", {}, element("span", {}, label), made),
      ...offersFor(one, name).map((text) => offer(made, text)));
  };
  return element("li", { onkeydown: (/** @type {KeyboardEvent} */ event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    shift(event.key === "ArrowUp" ? -1 : 1);
  } },
    element("img", { src: thumbnail(one), alt: "", width: "120", loading: "lazy" }),
    element("div", { class: "words" },
      words("alt", "What it shows, for those who do not see it (required)", "textarea",
        { rows: "2", required: true, maxlength: "1000" }),
      words("caption", "Caption", "input", { maxlength: "1000" }),
      words("credit", "Credit", "input", { maxlength: "1000" })),
    element("span", { class: "acts" },
      button("Earlier", () => shift(-1)), button("Later", () => shift(1)), button("Remove", remove),
      destroy && button("Delete…", destroy, "bad")));
}

/**
 * A text of the file's own, to be put into its field: one press, never by itself.
 * @param {HTMLTextAreaElement | HTMLInputElement} field
 * @param {string} text
 */
function offer(field, text) {
  const made = button([element("span", {}, "Use ", element("q", {}, text))], () => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }, "offer");
  field.addEventListener("input", () => { made.hidden = field.value === text; });
  return made;
}

/**
 * @param {Shot} one
 * @param {Words} name
 * @param {"textarea" | "input"} tag
 * @param {Record<string, any>} more
 * @param {() => void} changed
 */
function control(one, name, tag, more, changed) {
  const made = /** @type {HTMLTextAreaElement | HTMLInputElement} */ (element(tag, { ...more, oninput: () => {
    one[name] = made.value;
    changed();
  } }));
  made.value = one[name] ?? "";
  return made;
}
