import assert from "node:assert/strict";
import { test } from "node:test";
import { writes } from "../../static/js/desk/writing_on.js";

/** @param {string} key */
const press = (key, { ctrlKey = false, metaKey = false, altGraph = false } = {}) =>
  ({ key, ctrlKey, metaKey, getModifierState: (/** @type {string} */ name) => name === "AltGraph" && altGraph });

test("after an update went by key, letters, signs, composed letters and a paste write on", () => {
  for (const key of ["a", "É", "“", "中", "?", "Dead", "Process"]) assert.ok(writes(press(key)), key);
  assert.ok(writes(press("v", { ctrlKey: true })));
  assert.ok(writes(press("V", { metaKey: true })));
  assert.ok(writes(press("@", { ctrlKey: true, altGraph: true })));
});

test("keys that write nothing, or scroll, or belong to the browser, stay what they are", () => {
  for (const key of ["Tab", "Escape", "Enter", " ", "ArrowDown", "Shift", "F5"]) assert.ok(!writes(press(key)), key);
  assert.ok(!writes(press("r", { ctrlKey: true })));
});
