import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, lastCalled, nextUp, onStage, rowsOfNominees } from "../../static/js/desk/running_order.js";
import { lastCall, Timelines } from "../../static/js/desk/state.js";

/** @import { Category } from "../../static/js/desk/desk.d.ts" */

/** @param {string} id @param {string} state @param {object} more @returns {Category} */
const category = (id, state, more = {}) =>
  /** @type {any} */ ({ kind: "category", id, state, nominees: [], winners: [], corrections: [], ...more });
/** @param {Category | undefined} found */
const named = (found) => found?.id;

test("what comes next is what follows those that had their turn, and at last what was left out", () => {
  const night = (/** @type {string[]} */ ...states) => states.map((state, n) => category(`c${n}`, state));
  assert.equal(named(nextUp(night("upcoming", "upcoming"))), "c0");
  assert.equal(named(nextUp(night("confirmed", "upcoming", "on_stage", "upcoming"))), "c3");
  assert.equal(named(nextUp(night("confirmed", "upcoming", "announced"))), "c1");
  assert.equal(nextUp(night("confirmed", "on_stage")), undefined);
  assert.equal(nextUp([]), undefined);
  assert.equal(named(onStage(night("announced", "on_stage", "upcoming"))), "c1");
});

test("a corrected result was called last, wherever it stands in the running order", () => {
  const [first, second] = [category("a", "announced", { announced_at: "2026-03-16T03:09:00.000Z" }),
    category("b", "confirmed", { announced_at: "2026-03-16T02:00:00.000Z" })];
  assert.equal(named(lastCalled([first, second, category("c", "upcoming")])), "a");
  assert.equal(lastCalled([category("c", "on_stage")]), undefined);
});

test("the stage has room for two nominees in a row, and for a result", () => {
  const of = (/** @type {number} */ n, state = "on_stage") => category("c", state, { nominees: Array(n).fill({}) });
  assert.deepEqual([of(10), of(7), of(2), of(10, "announced"), undefined].map(rowsOfNominees), [5, 4, 3, 3, 3]);
});

test("a time that has passed is told in the two largest units", () => {
  assert.deepEqual([-5, 9_999, 130_000, 3_900_000].map(ago), ["0 s", "9 s", "2 min 10 s", "1 h 5 min"]);
});

test("a step is told only of the result that it made", () => {
  const timelines = new Timelines();
  const announced = category("director", "announced", { winners: ["sean"] });
  const call = (/** @type {string} */ act, /** @type {string[]} */ winners) => {
    timelines.desk.put([/** @type {any} */ ({ kind: "call", id: "director", act, by: "Ana", winners })]);
    return lastCall(timelines, announced)?.by;
  };
  assert.equal(lastCall(timelines, announced), undefined); // the desk's own timeline is behind
  assert.equal(call("announce", ["sean"]), "Ana");
  assert.equal(call("recall", ["sean"]), "Ana"); // a correction
  assert.equal(call("announce", ["brady"]), undefined); // an earlier result
  assert.equal(call("on_stage", []), undefined);
  assert.equal(lastCall(timelines, { ...announced, doubt: { at: "" } }), undefined);
  call("doubt", ["sean"]);
  assert.equal(lastCall(timelines, { ...announced, doubt: { at: "" } })?.act, "doubt");
});
