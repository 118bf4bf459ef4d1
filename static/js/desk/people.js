// What is shown once, a link, a token or codes, into the clipboard with one press.

import { button } from "./dom.js";

// Without a public address in the settings the server gives a path alone: no request tells it what to put before it.
const link = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-link]"));
if (link) {
  link.value = new URL(link.value, location.href).href;
  document.querySelector("[data-path]")?.remove(); // the sentence that asks for the address
}

for (const secret of document.querySelectorAll(".secret")) {
  const field = /** @type {HTMLInputElement} */ (secret.querySelector("input"));
  field.addEventListener("focus", () => field.select());
  const copy = copying(() => field.value, () => field.select());
  secret.append(copy);
  copy.focus();
}

const codes = /** @type {HTMLElement | null} */ (document.querySelector(".codes"));
codes?.after(
  copying(() => codes.innerText, () => getSelection()?.selectAllChildren(codes)),
  " ",
  button("Print", () => print()),
);

/**
 * A button that copies; `select` marks the text for browsers and people that copy what is selected.
 * @param {() => string} text
 * @param {() => void} select
 */
function copying(text, select) {
  const copy = button("Copy", async () => {
    select();
    copy.textContent = (await copied(text())) ? "Copied" : "Press Ctrl or ⌘ and C";
  }, "main");
  copy.setAttribute("aria-live", "polite");
  return copy;
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
