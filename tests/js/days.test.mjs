import assert from "node:assert/strict";
import { test } from "node:test";
import { dayOf, dividersOf, longDate, shortDate } from "../../static/js/reader/days.js";

const NIGHT = "2025-03-02";

test("a moment has the day of its place", () => {
  const at = Date.parse("2025-03-03T02:42:00Z");
  assert.deepEqual(["America/Los_Angeles", "Europe/Berlin", "Pacific/Kiritimati"].map((zone) => dayOf(at, zone)),
    ["2025-03-02", "2025-03-03", "2025-03-03"]);
  assert.equal(dayOf(Date.parse("1929-05-16T20:00:00Z"), "UTC"), "1929-05-16");
});

test("a day is written in full between posts, and short beside a clock", () => {
  assert.equal(longDate(NIGHT), "Sunday, 2 March 2025");
  assert.equal(shortDate(NIGHT, "2025-12-31"), "2 Mar");
  assert.equal(shortDate(NIGHT, "2026-03-02"), "2 Mar 2025");
});

/** @param {string[]} days @param {string} [today] @param {string} [night] */
const above = (days, today = NIGHT, night = NIGHT) => dividersOf(days, [today, night]);

test("the posts of the night alone need no day", () => {
  assert.deepEqual(above([NIGHT, NIGHT, NIGHT]), [null, null, null]);
  assert.deepEqual(above([]), []);
});

test("newest first and oldest first, a day is written where it begins", () => {
  const [before, after] = ["2025-03-01", "2025-03-03"];
  assert.deepEqual(above([after, NIGHT, NIGHT, before]), [after, NIGHT, null, before]);
  assert.deepEqual(above([before, NIGHT, NIGHT, after]), [before, NIGHT, null, after]);
  assert.deepEqual(above([NIGHT, after, after]), [null, after, null]);
});

test("today needs no day above all, tomorrow it does", () => {
  const days = ["2025-03-03", NIGHT];
  assert.deepEqual(above(days, "2025-03-03"), [null, NIGHT]);
  assert.deepEqual(above(days, "2025-03-04"), ["2025-03-03", NIGHT]);
});

test("without a date in the masthead the first post has its day", () => {
  assert.deepEqual(dividersOf([NIGHT], ["2031-06-01", undefined]), [NIGHT]);
});
