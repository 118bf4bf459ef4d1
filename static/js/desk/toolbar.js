// Markdown by button and key in a text field. Every change can be undone by the browser's own undo.

import { card, lineStart, link, newLine, saying, wrap } from "./markdown_edits.js";

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
const KEYS = { b: "bold", i: "italic", k: "link" };
const CODES = { Digit7: "numbers", Digit8: "list", Digit9: "quote" }; // with Shift, whatever the layout writes there

/** Put an edit of markdown_edits.js into the field. */
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

export function toolbar(bar, field) {
  const use = (name, ...more) =>
    put(field, TOOLS[name](field.value, field.selectionStart, field.selectionEnd, ...more));

  bar.addEventListener("click", ({ target }) => {
    const tool = target.closest("button[data-tool]");
    if (tool && TOOLS[tool.dataset.tool]) use(tool.dataset.tool);
  });
  // One stop for the Tab key; the arrows go on from there.
  const buttons = [...bar.querySelectorAll("button")];
  buttons.forEach((one, n) => { one.tabIndex = n ? -1 : 0; });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = buttons.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = buttons[(at + step + buttons.length) % buttons.length];
    buttons.forEach((one) => { one.tabIndex = one === next ? 0 : -1; });
    next.focus();
  });

  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) {
      const edit = newLine(field.value, field.selectionStart, field.selectionEnd);
      if (edit) {
        event.preventDefault();
        put(field, edit);
      }
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
    if (!/^https?:\/\/\S+$/i.test(address) || field.selectionStart === field.selectionEnd) return;
    event.preventDefault();
    use("link", address);
  });
}
