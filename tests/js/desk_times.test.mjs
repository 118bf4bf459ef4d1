import assert from "node:assert/strict";
import { test } from "node:test";
import { appointment, clock, clockToSeconds, hereToo, instants, lately, place, sameWall, wall, zoneName,
} from "../../static/js/desk/times.js";

const LA = "America/Los_Angeles";
const SHOW = "2025-03-03T02:04:07.250Z";
const [NOW, MINUTE, HOUR] = [Date.parse("2025-03-03T03:00:00Z"), 60_000, 3_600_000];
/** @param {string} text */
const plain = (text) => text.replaceAll("\u00a0", " ");

test("times are the event's, by a 24-hour clock, with the zone's name", () => {
  assert.equal(clock(SHOW, LA, { now: NOW }), "18:04\u00a0PST");
  assert.equal(clockToSeconds(SHOW, LA, { now: NOW }), "18:04:07\u00a0PST");
  assert.equal(clockToSeconds(SHOW, LA, { now: NOW, named: false }), "18:04:07");
  assert.equal(clock("2025-03-03T08:00:00Z", LA, { now: NOW + 6 * HOUR }), "00:00\u00a0PST");
});

test("a time of another day there has its date, whatever the day is here", () => {
  assert.equal(plain(clock(SHOW, LA, { now: NOW + 6 * HOUR })), "2 March, 18:04 PST"); // midnight has passed there
  assert.equal(plain(clock(SHOW, LA, { now: NOW + 4 * HOUR })), "18:04 PST"); // and only in London
  assert.equal(plain(clock(SHOW, LA, { now: NOW + 365 * 24 * HOUR })), "2 March 2025, 18:04 PST");
});

test("zones have the names by which people of their countries call them, else their offset", () => {
  const names = [LA, "Europe/Paris", "Europe/London", "Australia/Sydney", "Asia/Kolkata", "Asia/Tokyo", "UTC"];
  assert.deepEqual(names.map((zone) => zoneName("2025-07-01T12:00:00Z", zone)),
    ["PDT", "CEST", "BST", "AEST", "IST", "GMT+9", "UTC"]);
  assert.deepEqual([LA, "America/Argentina/Buenos_Aires", "UTC"].map(place), ["Los Angeles", "Buenos Aires", "UTC"]);
  assert.equal(plain(clock(SHOW, "Mars/Olympus", { now: NOW })), "02:04 UTC"); // of a newer list than the browser's
});

test("what is planned has its date, and the editor's own time beside it where that differs", () => {
  assert.equal(plain(appointment(SHOW, LA)), "Sun 2 March 2025, 18:04 PST");
  assert.equal(plain(hereToo(SHOW, LA, "Europe/Berlin")), "Sun 2 March 2025, 18:04 PST (here Mon 3 March, 03:04 CET)");
  assert.equal(plain(hereToo(SHOW, LA, "America/New_York")), "Sun 2 March 2025, 18:04 PST (here 21:04 EST)");
  assert.equal(plain(hereToo(SHOW, LA, "America/Vancouver")), "Sun 2 March 2025, 18:04 PST");
  assert.ok(sameWall(SHOW, LA, "America/Vancouver") && !sameWall(SHOW, LA, "America/Denver"));
});

test("how long ago is told in minutes, within the hour and never below nothing", () => {
  /** @param {number} ms */
  const told = (ms) => plain(lately(SHOW, LA, Date.parse(SHOW) + ms));
  assert.deepEqual([-5 * MINUTE, 59_000, 4 * MINUTE, 59 * MINUTE, HOUR].map(told),
    ["just now", "just now", "4 min ago", "59 min ago", "at 18:04 PST"]);
});

test("a time that the clocks leave out is none, and one that they show twice is two", () => {
  const [once, twice] = ["2025-03-02T18:30", "2025-11-02T01:30"].map((shown) => instants(shown, LA));
  assert.deepEqual(once.map((at) => new Date(at).toISOString()), ["2025-03-03T02:30:00.000Z"]);
  assert.deepEqual(twice.map((at) => plain(clock(at, LA, { now: at }))), ["01:30 PDT", "01:30 PST"]);
  assert.deepEqual(instants("2025-03-09T02:30", LA), []);
  assert.deepEqual(instants("2025-10-05T02:15", "Australia/Lord_Howe"), []); // half an hour is left out there
  assert.deepEqual(instants("", LA), []);
});

test("at every change of the clocks, what a clock shows leads back to the moment", () => {
  const zones = [LA, "Europe/London", "Asia/Kolkata", "Africa/Casablanca", "Africa/Cairo", "America/St_Johns",
    "America/Santiago", "Atlantic/Azores", "Australia/Lord_Howe", "Pacific/Chatham", "Antarctica/Troll"];
  for (const zone of zones) {
    for (let at = Date.parse("2025-01-01T00:30:00Z"); at < Date.parse("2026-01-01"); at += 24 * HOUR) {
      if (wall(at, zone).slice(11) === wall(at + 24 * HOUR, zone).slice(11)) continue; // no change within this day
      for (let hour = at - 3 * HOUR; hour < at + 27 * HOUR; hour += HOUR) {
        assert.ok(instants(wall(hour, zone), zone).includes(hour), `${zone} ${new Date(hour).toISOString()}`);
      }
    }
  }
});
