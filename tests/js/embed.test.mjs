import assert from "node:assert/strict";
import { test } from "node:test";

import { fate, surplus } from "../../static/js/embed/posts.js";

const all = { most: 3, only: "" };
const shown = new Map([["c", 3], ["b", 2]]);

test("a newer post comes in, a known one is replaced, a retracted one goes", () => {
  assert.equal(fate({ id: "d" }, 4, shown, all), "insert");
  assert.equal(fate({ id: "b" }, 2, shown, all), "replace");
  assert.equal(fate({ id: "b", retracted: true }, 0, shown, all), "remove");
  assert.equal(fate({ id: "x", retracted: true }, 0, shown, all), "pass");
});

test("an edited post below what is shown stays away: its neighbours are not here", () => {
  assert.equal(fate({ id: "a" }, 1, shown, all), "pass");
  assert.equal(fate({ id: "a" }, 1, new Map(), all), "insert");
});

test("a frame for one post shows no other, and one for the board none", () => {
  assert.equal(fate({ id: "d" }, 4, shown, { most: 3, only: "c" }), "pass");
  assert.equal(fate({ id: "c" }, 3, shown, { most: 3, only: "c" }), "replace");
  assert.equal(fate({ id: "d" }, 4, new Map(), { most: 0, only: "" }), "pass");
});

test("the oldest are too many", () => {
  assert.deepEqual(surplus(new Map([["a", 1], ["c", 3], ["b", 2]]), 2), ["a"]);
  assert.deepEqual(surplus(new Map(), 0), []);
});
