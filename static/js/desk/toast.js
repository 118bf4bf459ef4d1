// One quiet text for what was done, with a button while it can still be taken back.

import { publicly } from "./dom.js";

/** @import { PassingButton, Tell } from "./desk.d.ts" */

/** @param {HTMLElement} place @returns {Tell} */
export function toast(place) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const words = document.createElement("span");
  place.replaceChildren(words);
  /** @param {string} text @param {PassingButton} [more] */
  function tell(text, more) {
    clearTimeout(timer);
    words.textContent = text;
    place.replaceChildren(words);
    if (!more) return;
    const { label, act, ms } = more;
    const made = publicly(label, () => {
      made.remove();
      act();
    }, "quiet");
    place.append(made);
    timer = setTimeout(() => made.remove(), ms);
  }
  tell.instead = (/** @type {RegExp} */ part, /** @type {string} */ text) => {
    words.textContent = words.textContent.replace(part, text);
  };
  tell.press = () => place.querySelector("button")?.click();
  return tell;
}
