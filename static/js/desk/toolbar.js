// Markdown by button and key in a text field. Every change can be undone by the browser's own undo.

import { around } from "./dom.js";
import { card, lineStart, link, newLine, saying, wrap } from "./markdown_edits.js";

/** @import { Edit } from "./desk.d.ts" */

/** @type {Record<string, (text: string, start: number, end: number, more?: string) => Edit>} */
const TOOLS = {
  bold: (text, start, end) => wrap(text, start, end, "**"),
  italic: (text, start, end) => wrap(text, start, end, "*"),
  link,
  card,
  saying,
  quote: (text, start, end) => lineStart(text, start, end, "> "),
  list: (text, start, end) => lineStart(text, start, end, "- "),
  numbers: (text, start, end) => lineStart(text, start, end, "1. "),
};
/** @type {Record<string, string>} */
const KEYS = { b: "bold", i: "italic", k: "link" };
/** @type {Record<string, string>} */
const CODES = { Digit7: "numbers", Digit8: "list", Digit9: "quote" }; // with Shift, whatever the layout writes there

/** Put an edit into the field. @param {HTMLTextAreaElement} field @param {Edit} edit */
export function put(field, edit) {
  field.focus();
  field.setSelectionRange(edit.from, edit.to);
  // The only way into a field that keeps its undo history.
  const done = edit.put ? document.execCommand("insertText", false, edit.put)
    : edit.from === edit.to || document.execCommand("delete");
  if (!done) {
    field.setRangeText(edit.put, edit.from, edit.to);
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  field.setSelectionRange(...edit.select);
}

/** @param {HTMLElement} bar @param {HTMLTextAreaElement} field */
export function toolbar(bar, field) {
  /** @param {string} name @param {string} [address] */
  const use = (name, address) =>
    put(field, TOOLS[name](field.value, field.selectionStart, field.selectionEnd, address));

  bar.addEventListener("click", (event) => {
    const name = around(event, "button[data-tool]")?.dataset.tool;
    if (name && TOOLS[name]) use(name);
  });
  roveIn(bar);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "Enter") {
      goOn(event, field);
      return;
    }
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const tool = event.shiftKey ? CODES[event.code] : KEYS[event.key.toLowerCase()];
    if (!tool) return;
    event.preventDefault();
    use(tool);
  });
  // An address pasted over words links them.
  field.addEventListener("paste", (event) => {
    const address = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!/^(https?:\/\/|www\.)\S+$/i.test(address) || field.selectionStart === field.selectionEnd) return;
    event.preventDefault();
    use("link", address);
  });
}

/** Enter alone goes on with a list or quotation. @param {KeyboardEvent} event @param {HTMLTextAreaElement} field */
function goOn(event, field) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const edit = newLine(field.value, field.selectionStart, field.selectionEnd);
  if (!edit) return;
  event.preventDefault();
  put(field, edit);
}

/** One stop for the Tab key; the arrows go on from there. @param {HTMLElement} bar */
function roveIn(bar) {
  const buttons = [...bar.querySelectorAll("button")];
  buttons.forEach((one, n) => { one.tabIndex = n ? -1 : 0; });
  bar.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const at = buttons.findIndex((one) => one === document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = buttons[(at + step + buttons.length) % buttons.length];
    buttons.forEach((one) => { one.tabIndex = one === next ? 0 : -1; });
    next.focus();
  });
}
