import assert from "node:assert/strict";
import { test } from "node:test";
import { carried, insertion } from "../../static/js/desk/insertion.js";

/**
 * A range, written with [ and ], in a text that has become another one.
 * @param {string} marked
 * @param {string} after
 */
function becomes(marked, after) {
  const [from, to] = [marked.indexOf("["), marked.indexOf("]") - 1];
  const [start, end] = carried([from, to], marked.replace(/[[\]]/g, ""), after);
  return `${after.slice(0, start)}[${after.slice(start, end)}]${after.slice(end)}`;
}

test("a place stays where it was meant while the editor types on", () => {
  assert.equal(becomes("one []two", "one x two"), "one []x two"); // typed there: it stands after what was pasted
  assert.equal(becomes("one []two", "Zero, one two"), "Zero, one []two");
  assert.equal(becomes("one []two", "one two three"), "one []two three");
  assert.equal(becomes("one []two", "two"), "[]two");
  assert.equal(becomes("one [two] three", "one two four"), "one [two] four");
  assert.equal(becomes("one [two] three", "one x three"), "one []x three"); // typed over it
  assert.equal(becomes("[one]", "x"), "[]x");
  assert.equal(becomes("[]", "x"), "[]x");
  assert.equal(becomes("one [two] three", "o [two] three".replace(/[[\]]/g, "")), "o [two] three");
});

/** @param {string} marked @param {string} markdown */
function inserted(marked, markdown) {
  const [from, to] = [marked.indexOf("["), marked.indexOf("]") - 1];
  const text = marked.replace(/[[\]]/g, "");
  const edit = insertion(text, [from, to], markdown);
  const made = text.slice(0, edit.from) + edit.put + text.slice(edit.to);
  return `${made.slice(0, edit.select[0])}|${made.slice(edit.select[0])}`;
}

test("words go into the line, blocks and cards get lines of their own", () => {
  assert.equal(inserted("one [] two", "**x**"), "one **x**| two");
  assert.equal(inserted("one [old] two", "x\n\ny"), "one x\n\ny| two");
  assert.equal(inserted("one [] two", "- x\n- y"), "one \n\n- x\n- y|\n\n two");
  assert.equal(inserted("one\n[]\ntwo", "> x"), "one\n\n> x|\n\ntwo");
  assert.equal(inserted("[]", "# x"), "# x|");
  assert.equal(inserted("one []", "x\n\nhttps://a.org/b"), "one x\n\nhttps://a.org/b|");
  assert.equal(inserted("one [] two", "https://a.org/b"), "one \n\nhttps://a.org/b|\n\n two");
  assert.equal(inserted("one\n\n[]two", "| a |\n| --- |"), "one\n\n| a |\n| --- ||\n\ntwo");
});
