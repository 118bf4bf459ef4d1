// What was just done, told beside the composer's buttons: a line of words, which is gone when it no longer speaks of
// what is in the composer, and a button while it can still be taken back.

import { element, publicly } from "./dom.js";

/** @import { PassingButton, Tell } from "./desk.d.ts" */

const STAYS = 20_000; // ms that words stay where nobody types

/** @param {HTMLElement} place of the words @param {HTMLElement} beside of the button @returns {Tell} */
export function toast(place, beside) {
  let line = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let leaving;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let passing;
  /** @type {(() => void) | null} */
  let offered = null;
  let gone = () => false; // what the line and the button are about
  let lineOfIt = 0;

  function withdraw() {
    clearTimeout(passing);
    offered = null;
    beside.replaceChildren();
  }

  /** @param {PassingButton} more */
  function offer({ label, about, act, ms }) {
    withdraw();
    offered = () => { withdraw(); act(); };
    beside.append(publicly(label, offered, "quiet"), element("span", { class: "hint" }, about));
    passing = setTimeout(withdraw, ms);
  }

  /** @param {string} text @param {PassingButton} [more] */
  function tell(text, more) {
    clearTimeout(leaving);
    place.textContent = text;
    line += 1;
    leaving = setTimeout(() => tell.over(), STAYS);
    if (more) {
      offer(more);
      ({ gone } = more);
      lineOfIt = line;
    }
    return line;
  }
  tell.instead = (/** @type {RegExp} */ part, /** @type {string} */ text) => {
    place.textContent = (place.textContent ?? "").replace(part, text);
  };
  tell.over = (of = line) => {
    const stood = of === line && place.textContent !== "";
    if (stood) place.textContent = "";
    return stood;
  };
  tell.check = () => {
    if (!gone()) return;
    gone = () => false;
    withdraw();
    tell.over(lineOfIt);
  };
  tell.offers = () => offered !== null;
  tell.press = () => offered?.();
  tell.withdraw = withdraw;
  return tell;
}
