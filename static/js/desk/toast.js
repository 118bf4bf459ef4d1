// One quiet line for what was done, with a button while it can still be taken back.

import { publicly } from "./dom.js";

/** Returns tell(text, {label, act, ms}): the button stays for `ms`; tell.instead(part, text)
 * puts other words in place of a part and leaves it where it is. */
export function toast(line) {
  let timer;
  const words = document.createElement("span");
  line.replaceChildren(words);
  /** @type {import("./desk.d.ts").Tell} */
  function tell(text, more) {
    clearTimeout(timer);
    words.textContent = text;
    line.replaceChildren(words);
    if (!more) return;
    const { label, act, ms } = more;
    const made = publicly(label, () => {
      made.remove();
      act();
    }, "quiet");
    line.append(made);
    timer = setTimeout(() => made.remove(), ms);
  }
  tell.instead = (part, text) => { words.textContent = words.textContent.replace(part, text); };
  tell.press = () => line.querySelector("button")?.click();
  return tell;
}
