// What is shown once, a link or a token, into the clipboard with one press.

import { button } from "./dom.js";

for (const secret of document.querySelectorAll(".secret")) {
  const field = /** @type {HTMLInputElement} */ (secret.querySelector("input"));
  const copy = button("Copy", async () => {
    field.select();
    copy.textContent = (await copied(field.value)) ? "Copied" : "Press Ctrl or ⌘ and C";
  }, "main");
  copy.setAttribute("aria-live", "polite");
  field.addEventListener("focus", () => field.select());
  secret.append(copy);
  copy.focus();
}

/**
 * The clipboard's own way needs a secure address; the old way serves a newsroom's test machine.
 * @param {string} text
 */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
