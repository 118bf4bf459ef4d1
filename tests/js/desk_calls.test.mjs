import assert from "node:assert/strict";
import { test } from "node:test";
import { callInWords } from "../../static/js/desk/calls.js";

/** @import { Category } from "../../static/js/desk/desk.d.ts" */

const ACTS = { announce: "announced", confirm: "confirmed", recall: "withdrew", correct: "corrected" };
const actress = /** @type {Category} */ ({ name: "Best Actress", nominees: [
  { id: "madison", name: "Mikey Madison", film: "Anora" },
  { id: "torres", name: "Fernanda Torres", film: "I'm Still Here" },
] });

test("the call log says what happened: a recall corrects a result, or withdraws it", () => {
  /** @param {string} act @param {string[]} [winners] @param {string[]} [was] */
  const said = (act, winners, was) => callInWords({ act, winners, was }, actress, ACTS);
  assert.equal(said("announce", ["torres"]), "announced Fernanda Torres");
  assert.equal(said("recall", ["madison"], ["Fernanda Torres"]), "corrected to Mikey Madison");
  assert.equal(said("recall", [], ["Fernanda Torres"]), "withdrew Fernanda Torres");
  assert.equal(said("recall", []), "withdrew"); // of an earlier release
  assert.equal(callInWords({ act: "confirm", winners: ["torres"] }, undefined, ACTS), "confirmed torres");
  const score = /** @type {Category} */ ({ name: "Best Score", nominees: [
    { id: "one", name: "John Williams", film: "One" }, { id: "two", name: "John Williams", film: "Two" }] });
  assert.equal(callInWords({ act: "announce", winners: ["two"] }, score, ACTS), "announced John Williams (Two)");
});
