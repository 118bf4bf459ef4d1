// One quiet line for what was done, with a button while it can still be taken back.

import { button } from "./dom.js";

/** Returns tell(text, {label, act, ms}): the button stays for `ms`. */
export function told(line) {
  let timer;
  return function tell(text, { label, act, ms } = {}) {
    clearTimeout(timer);
    const words = document.createElement("span");
    words.textContent = text;
    line.replaceChildren(words);
    if (!label) return;
    const made = button(label, () => {
      made.remove();
      act();
    }, "quiet");
    line.append(made);
    timer = setTimeout(() => made.remove(), ms);
  };
}
