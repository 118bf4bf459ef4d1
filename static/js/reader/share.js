// Sharing one update: the phone's own sheet where there is one, else the address into the clipboard.

import { all, around, part } from "./elements.js";
import { hidesResults } from "./spoiler_choice.js";
import { leave } from "./swap.js";
import { words, write } from "./words.js";

const SHOWN = 2500; // ms for which a button says what happened

/** @param {(text: string) => void} say */
export function shareFrom(say) {
  document.addEventListener("click", (event) => {
    const button = around(event, ".share");
    if (button) share(button, say);
  });
}

/** @param {HTMLElement} button @param {(text: string) => void} say */
async function share(button, say) {
  const article = /** @type {HTMLElement} */ (button.closest("article"));
  const link = /** @type {HTMLAnchorElement} */ (part(article, ".when"));
  const [url] = link.href.split("?"); // without this reader's choice
  const hush = hidesResults() && article.classList.contains("spoils");
  const title = (hush ? null : all("h2:not(.unseen)", article)[0]?.textContent) ?? document.title;
  if (navigator.share && matchMedia("(pointer: coarse)").matches) {
    try {
      await navigator.share({ title, url });
      return;
    } catch (error) {
      if (error.name === "AbortError") return; // changed their mind
    }
  }
  const done = await copy(url).then(() => words.copied, () => words.notCopied);
  leave(button);
  write(button, done);
  say(done);
  setTimeout(() => write(button, words.share), SHOWN);
}

/**
 * The clipboard's own way needs a secure address; the old way serves a newsroom's test machine.
 * @param {string} text
 */
async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("not copied");
}
