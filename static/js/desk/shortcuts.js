// The keys: what each does, and the dialog that lists them.

import { button, element, showModal } from "./dom.js";

// single keys can be switched off: dictated words would press them (WCAG 2.1.4)
const SINGLE = "liveblog:single-keys";
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const MOD = MAC ? "⌘" : "Ctrl";

/** @type {[names: string[], words: string][]} */
const IN_TEXT = [
  [[MOD, "Enter"], "Publish, save the edit; announce who is chosen on the stage; in a question, do "
    + "what it asks about (takedowns apart)"],
  [[MOD, "S"], "Save as a draft"],
  [["Enter"], "A new line, for readers too; twice: a new paragraph"],
  [[MOD, "B"], "Bold"],
  [[MOD, "I"], "Italic"],
  [[MOD, "K"], "Link; an address pasted over words links them too"],
  [[MOD, "Shift", "8"], "List (7: with numbers, 9: quotation)"],
  [["@"], "Names of nominees and films; / does the same"],
  [["Esc"], "Close a menu or a dialog; leave the text, so that single keys act"],
];

/** Whether single keys act. */
export const singleKeys = () => read() !== "no";

/**
 * @param {HTMLElement} opener
 * @param {Record<string, [string, () => void]>} acts what single keys do outside of text fields, and its words
 * @param {{words: string, press: (digit: number) => void}} digits what the digits do there
 */
export function shortcuts(opener, acts, digits) {
  function show() {
    if (document.querySelector("dialog[open]")) return;
    const dialog = element("dialog", { "aria-labelledby": "help-title", class: "help" },
      element("h2", { id: "help-title" }, "Keys"),
      element("h3", {}, "While writing"), table(IN_TEXT),
      element("h3", {}, "Elsewhere"),
      table([...Object.entries(acts).map(([key, [words]]) => row(key, words)), row("1 … 9, 0", digits.words),
        row("?", "This list")]),
      element("label", { class: "check" },
        element("input", { type: "checkbox", checked: singleKeys(),
          onchange: (/** @type {Event} */ { target }) =>
            write(/** @type {HTMLInputElement} */ (target).checked ? "yes" : "no") }),
        "Single keys act. Switch them off if you dictate."),
      element("div", { class: "row" }, button("Close", () => dialog.close(), "main")));
    dialog.addEventListener("close", () => opener.focus());
    showModal(dialog);
  }

  opener.addEventListener("click", show);
  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !singleKeys()) return;
    if (/** @type {Element} */ (event.target).closest("input, textarea, select, dialog, [contenteditable]")) return;
    const digit = /^\d$/.test(event.key) ? () => digits.press(Number(event.key)) : undefined;
    const act = event.key === "?" ? show : acts[event.key]?.[1] ?? digit;
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** @param {string} key @param {string} words @returns {typeof IN_TEXT[number]} */
const row = (key, words) => [[key], words];

/** @param {typeof IN_TEXT} rows */
const table = (rows) => element("dl", { class: "keys" }, ...rows.flatMap(([names, words]) => [
  element("dt", {}, ...names.flatMap((name, n) => [n ? " + " : "", element("kbd", {}, name)])),
  element("dd", {}, words)]));

function read() {
  try { return localStorage.getItem(SINGLE); } catch { return null; }
}

/** @param {string} value */
function write(value) {
  try { localStorage.setItem(SINGLE, value); } catch { /* then they act again after a reload */ }
}
