// Sharing one update: the phone's own sheet where there is one, else the address into the clipboard.

import { isSafe } from "./veil.js";
import { words } from "./words.js";

const SHOWN = 2500; // ms for which a button says what happened

export function shareFrom(say) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".share");
    if (button) share(button, say);
  });
}

async function share(button, say) {
  const article = button.closest("article");
  const url = article.querySelector(".when").href;
  const title = isSafe() && article.classList.contains("spoils") ? document.title : article.querySelector("h2:not(.unseen)")?.textContent ?? document.title;
  if (navigator.share && matchMedia("(pointer: coarse)").matches) {
    try {
      return await navigator.share({ title, url });
    } catch (error) {
      if (error.name === "AbortError") return undefined; // changed their mind
    }
  }
  const done = await copy(url).then(() => words.copied, () => words.notCopied);
  button.textContent = done;
  say(done);
  return setTimeout(() => { button.textContent = words.share; }, SHOWN);
}

/** The clipboard's own way needs a secure address; the old way serves a newsroom's test machine. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("not copied");
  return undefined;
}
