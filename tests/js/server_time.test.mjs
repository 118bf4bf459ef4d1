// The time that a page shows, whatever the reader's clock does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerTime } from "../../static/js/reader/server_time.js";

const MINUTE = 60000;
const TRUE = Date.parse("2025-03-03T02:42:00Z");

/** A machine whose clock is wrong by so much. @param {number} wrong ms */
function machine(wrong) {
  const clocks = { wall: TRUE + wrong, run: 5000 };
  const time = new ServerTime(() => clocks.wall, () => clocks.run);
  const pass = (/** @type {number} */ ms, { asleep = false } = {}) => {
    clocks.wall += ms;
    if (!asleep) clocks.run += ms;
  };
  return { clocks, time, pass };
}

test("until the server says the time, the reader's clock counts", () => {
  const { time, pass } = machine(0);
  pass(MINUTE);
  assert.equal(time.now(), TRUE + MINUTE);
});

test("a clock that is wrong is put right once the server says the time", () => {
  for (const wrong of [-20 * MINUTE, 20 * MINUTE]) {
    const { time, pass } = machine(wrong);
    let corrected = 0;
    time.corrected = () => { corrected += 1; };
    time.is(TRUE);
    assert.equal(time.now(), TRUE);
    pass(MINUTE);
    time.is(TRUE + MINUTE - 900); // an answer that was on its way for a while: nothing runs backwards
    assert.equal(time.now(), TRUE + MINUTE);
    assert.equal(corrected, 1);
  }
});

test("a clock that is set back changes nothing; one that is set forward, until the server says the time", () => {
  const { clocks, time, pass } = machine(0);
  time.is(TRUE);
  clocks.wall -= 60 * MINUTE;
  pass(MINUTE);
  assert.equal(time.now(), TRUE + MINUTE);
  clocks.wall += 180 * MINUTE;
  time.is(TRUE + MINUTE);
  assert.equal(time.now(), TRUE + MINUTE);
});

test("time passes while the machine sleeps, also where its steady clock stands still", () => {
  const { time, pass } = machine(-5 * MINUTE);
  time.is(TRUE);
  pass(480 * MINUTE, { asleep: true });
  assert.equal(time.now(), TRUE + 480 * MINUTE);
});

test("an answer without a time says nothing", () => {
  const { time } = machine(0);
  time.is(NaN);
  assert.equal(time.now(), TRUE);
});
