import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, eventClock, relative } from "../../static/js/reader/times.js";

const NOW = Date.parse("2025-03-03T01:00:00Z");
/** @param {number} seconds */
const ago = (seconds) => relative(NOW - seconds * 1000, NOW);

test("times are relative while they are fresh", () => {
  assert.equal(ago(0), "now");
  assert.equal(ago(59), "now");
  assert.equal(ago(60), "1 min ago");
  assert.equal(ago(3599), "59 min ago");
  assert.equal(ago(3600), null);
});

test("a clock that is behind never shows a negative time", () => {
  assert.equal(ago(-30), "now");
  assert.equal(ago(-86400), "now");
});

const SHOW = Date.parse("2025-03-03T02:42:10.123Z");
const LOS_ANGELES = "America/Los_Angeles";

test("the event's clock reads as the server writes it", () => {
  assert.equal(eventClock(SHOW, LOS_ANGELES), "6:42 PM PST");
  assert.equal(eventClock(Date.parse("2025-07-01T07:05:00Z"), LOS_ANGELES), "12:05 AM PDT");
});

test("a reader elsewhere gets both clocks, the event's zone named", () => {
  assert.equal(clock(SHOW, LOS_ANGELES, { here: "Europe/Berlin", locale: "en-US" }), "3:42 AM (6:42 PM PST)");
  assert.match(clock(SHOW, LOS_ANGELES, { here: "Europe/Berlin", locale: "de-DE" }), /^0?3:42 \(6:42 PM PST\)$/);
});

test("a reader in the event's zone, or in one with the same time, gets one", () => {
  assert.equal(clock(SHOW, LOS_ANGELES, { here: LOS_ANGELES, locale: "en-US" }), "6:42 PM PST");
  assert.equal(clock(SHOW, LOS_ANGELES, { here: "America/Vancouver", locale: "en-US" }), "6:42 PM PST");
});
