import assert from "node:assert/strict";
import test from "node:test";

import { card, saying } from "../../static/js/desk/markdown_edits.js";

/**
 * The text after an edit, with the selection in bars.
 * @param {string} text
 * @param {import("../../static/js/desk/desk.d.ts").Edit} edit
 */
function after(text, edit) {
  const made = text.slice(0, edit.from) + edit.put + text.slice(edit.to);
  const [from, to] = edit.select;
  return `${made.slice(0, from)}|${made.slice(from, to)}|${made.slice(to)}`;
}

test("a card is a paragraph of its own, and what is missing is selected", () => {
  assert.equal(after("", card("", 0, 0)), "[|Title of the page|](https://)");
  assert.equal(after("Before", card("Before", 6, 6)), "Before\n\n[|Title of the page|](https://)");
  assert.equal(after("a\nAll nominees\nb", card("a\nAll nominees\nb", 2, 14)), "a\n\n[All nominees](|https://|)\n\nb");
  const address = "https://www.example.org/x";
  assert.equal(after(address, card(address, 0, address.length)), `[|Title of the page|](${address})`);
});

test("a quotation names its speaker", () => {
  assert.equal(after("", saying("", 0, 0)), "> |What was said|\n> — Who said it");
  const text = "So.\n\nI want to thank\nthe Academy";
  assert.equal(after(text, saying(text, 5, text.length)), "So.\n\n> I want to thank\n> the Academy\n> — |Who said it|");
});
