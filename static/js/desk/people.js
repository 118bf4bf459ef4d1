// What is shown once, a link or a token, into the clipboard with one press.

import { button } from "./dom.js";

// Without a public address in the settings the server gives a path alone: no request tells it what to put before it.
const link = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-link]"));
if (link) {
  link.value = new URL(link.value, location.href).href;
  document.querySelector("[data-path]")?.remove(); // the sentence that asks for the address
}

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
