import assert from "node:assert/strict";
import { test } from "node:test";
import { standing } from "../../static/js/desk/standing.js";

/** @param {Partial<Parameters<typeof standing>[0]>} facts */
const stands = (facts) =>
  standing({ line: "connected", signedOut: false, waiting: 0, undecided: 0, keeps: true, ...facts });

test("with a line and nothing to send there is no danger", () => {
  assert.deepEqual(stands({}), { words: "Connected", danger: "", remedy: null });
  assert.equal(stands({ line: "polling" }).danger, "");
  assert.equal(stands({ line: "connecting" }).danger, "");
});

test("without a line the desk says what becomes of what is done", () => {
  assert.deepEqual(stands({ line: "away" }), { words: "No connection. Trying again…",
    danger: "What you do waits here until the line is back.", remedy: null });
  assert.deepEqual(stands({ line: "away", waiting: 2 }), { words: "No connection. Trying again…",
    danger: "2 acts wait here: leave this page open.", remedy: "outbox" });
});

test("a person who is signed out is never told that the line will do, whoever noticed it", () => {
  for (const facts of [{ line: /** @type {const} */ ("signed out") }, { signedOut: true, waiting: 1 }]) {
    const { words, danger, remedy } = stands(facts);
    assert.equal(words, "Signed out");
    assert.match(danger, /until you sign in/);
    assert.doesNotMatch(danger, /line/);
    assert.equal(remedy, "sign in");
  }
});

test("what was not sent is a danger with a line, too; what has to be decided most of all", () => {
  assert.deepEqual(stands({ waiting: 1 }), { words: "Connected", danger: "One act waits to be sent.",
    remedy: "outbox" });
  const { danger, remedy } = stands({ line: "away", waiting: 1, undecided: 2 });
  assert.equal(danger,
    "One act waits here: leave this page open. 2 acts were not sent: decide about them.");
  assert.equal(remedy, "outbox");
  assert.match(stands({ keeps: false }).danger, /keeps nothing/);
});
