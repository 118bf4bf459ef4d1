import assert from "node:assert/strict";
import test from "node:test";

import { held } from "../../static/js/desk/arming.js";

/** @param {string} key @param {{repeat?: boolean, ctrlKey?: boolean, metaKey?: boolean}} more */
const press = (key, more = {}) => ({ key, repeat: true, ctrlKey: false, metaKey: false, ...more });

test("the key of a button that is held presses once", () => {
  for (const key of ["Enter", " "]) {
    assert.equal(held(press(key), null), true);
    assert.equal(held(press(key, { repeat: false }), null), false);
  }
});

test("a held key writes on in a text, and sends nothing", () => {
  assert.equal(held(press("Enter"), "text"), false); // empty lines
  assert.equal(held(press(" "), "text"), false);
  assert.equal(held(press(" "), "line"), false);
  assert.equal(held(press("Enter"), "line"), true); // would send the form, again and again
  assert.equal(held(press("Enter", { ctrlKey: true }), "text"), true);
  assert.equal(held(press("Enter", { metaKey: true }), "text"), true);
});

test("keys that press nothing may be held", () => {
  for (const key of ["Tab", "ArrowDown", "Backspace", "a"]) assert.equal(held(press(key), null), false);
});
