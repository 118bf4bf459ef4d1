import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, eventClock, fullTime, ownTime, relative } from "../../static/js/reader/times.js";

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

const BERLIN = { here: "Europe/Berlin", locale: "en-US" };
const later = { night: "2025-03-02", now: Date.parse("2025-03-20T12:00:00Z") };
const yearsLater = { ...later, now: Date.parse("2031-06-01T12:00:00Z") };

test("on another day a time has its date, and in another year that", () => {
  const morning = Date.parse("2025-03-03T08:10:00Z");
  const there = { here: LOS_ANGELES, locale: "en-US" };
  assert.equal(clock(morning, LOS_ANGELES, { ...there, ...later }), "3 Mar, 12:10 AM PST");
  assert.equal(clock(morning, LOS_ANGELES, { ...there, ...yearsLater }), "3 Mar 2025, 12:10 AM PST");
  assert.equal(ownTime(morning, { ...there, ...yearsLater }), "3 Mar 2025, 12:10 AM");
});

test("a time of today, or of the day that the masthead has, needs no date", () => {
  const there = { here: LOS_ANGELES, locale: "en-US" };
  assert.equal(clock(SHOW, LOS_ANGELES, { ...there, ...yearsLater }), "6:42 PM PST");
  const after = Date.parse("2025-03-03T08:10:00Z");
  assert.equal(clock(after, LOS_ANGELES, { ...there, night: "2025-03-02", now: after + 7200000 }), "12:10 AM PST");
  assert.equal(clock(SHOW, LOS_ANGELES, { ...there, now: yearsLater.now }), "2 Mar 2025, 6:42 PM PST");
});

test("a reader elsewhere gets each clock's own date, unless it is said already", () => {
  const said = clock(SHOW, LOS_ANGELES, { ...BERLIN, ...yearsLater });
  assert.equal(said, "3 Mar 2025, 3:42 AM (6:42 PM PST)"); // 2 March stands in the masthead
  const other = clock(SHOW, LOS_ANGELES, { ...BERLIN, now: later.now });
  assert.equal(other, "3 Mar, 3:42 AM (2 Mar, 6:42 PM PST)");
  const same = clock(Date.parse("2025-03-04T20:00:00Z"), LOS_ANGELES, { ...BERLIN, ...later });
  assert.equal(same, "4 Mar, 9:00 PM (12:00 PM PST)");
});

test("the whole time has weekday, day, month, year and the zone of that day", () => {
  assert.equal(fullTime(SHOW, LOS_ANGELES), "Sunday, 2 March 2025, 6:42 PM PST");
  assert.equal(fullTime(Date.parse("2025-07-04T19:00:00Z"), LOS_ANGELES), "Friday, 4 July 2025, 12:00 PM PDT");
});
