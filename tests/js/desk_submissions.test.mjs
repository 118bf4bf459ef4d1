import assert from "node:assert/strict";
import { test } from "node:test";
import { State } from "../../static/js/desk/state.js";
import { Submissions } from "../../static/js/desk/submissions.js";

/** @import { Draft } from "../../static/js/desk/desk.d.ts" */

/** @param {string} id @param {Partial<Draft>} more @returns {Draft} */
const draft = (id, more = {}) => ({ kind: "draft", id, seq: 1, state: "submitted", author: "Carl", ...more });

test("an editor is told of each submission once, and of none that was there before", () => {
  const submissions = new Submissions("Ana");
  /** @param {Draft[]} drafts */
  const told = (...drafts) => submissions.look(drafts).map(({ id }) => id);
  assert.deepEqual(told(draft("a")), []);
  assert.deepEqual(told(draft("a"), draft("b"), draft("c", { state: "working" })), ["b"]);
  assert.deepEqual(told(draft("a"), draft("b", { seq: 7 }), draft("c")), ["c"]);
  assert.deepEqual(told(draft("a", { state: "returned" }), draft("b")), []);
  assert.deepEqual(told(draft("a"), draft("b"), draft("d", { author: "Ana" })), ["a"]); // again; and her own
});

test("people see which of their drafts others published, the newest first", () => {
  const desk = new State();
  assert.equal(desk.known, false);
  /** @param {string} id @param {string} by @param {string} at @param {string} author */
  const gone = (id, by, at, author = "Carl") =>
    draft(id, { gone: true, author, published: { post: `p${id}`, by, at } });
  desk.put([gone("a", "Ana", "2025-03-03T01:00:00.000Z"), gone("b", "Ana", "2025-03-03T02:00:00.000Z"),
    gone("c", "Carl", "2025-03-03T03:00:00.000Z"), gone("d", "Ana", "2025-03-03T04:00:00.000Z", "Dora"),
    draft("e", { gone: true }), draft("f")]);
  assert.deepEqual(desk.approved("Carl").map(({ id }) => id), ["b", "a"]);
  assert.deepEqual([desk.known, desk.drafts.map(({ id }) => id)], [true, ["f"]]);
});
