// Times in words. Pure.

import { dayOf, format, longDate, shortDate } from "./days.js";
import { language, words } from "./words.js";

/**
 * @typedef {{here?: string, locale?: string}} Where the reader's time zone and locale; the browser's when not given
 * @typedef {{now?: number, night?: string}} Page the time now, and the day in the masthead; a time of today or of that
 *   day needs no date
 * Times are ms since 1970.
 */

/**
 * "now", "5 min ago" for the first hour; null later. Never negative: a clock that is behind reads as now.
 * @param {number} at
 * @param {number} now
 */
export function relative(at, now) {
  const minutes = Math.floor(Math.max(0, now - at) / 60000);
  if (minutes < 1) return words.now;
  return minutes < 60 ? words.ago(minutes) : null;
}

const HOUR = /** @type {const} */ ({ hour: "numeric", minute: "2-digit" });
/**
 * The event's own time with its zone named, `6:42 PM PST`, as the server writes it.
 * @param {number} at
 * @param {string} zone
 */
export function eventClock(at, zone) {
  if (!/^en\b/.test(language)) return `${ownClock(at, { here: zone, locale: language })} ${zoneName(at, zone)}`;
  return format(at, "en-US", { ...HOUR, timeZone: zone, timeZoneName: "short" });
}

/** The event's zone as people say it: `PST`. @param {number} at @param {string} zone */
export function zoneName(at, zone) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}

/** @param {number} at @param {string | undefined} timeZone */
const wall = (at, timeZone) => format(at, "en-US", { dateStyle: "short", timeStyle: "short", timeZone });

/**
 * Whether the reader's clocks show what the event's show.
 * @param {number} at
 * @param {string} zone
 * @param {string} [here]
 */
export const sameWall = (at, zone, here) => wall(at, here) === wall(at, zone);

/** The reader's time: `3:42 AM`. @param {number} at @param {Where} where */
export const ownClock = (at, { here, locale } = {}) => format(at, locale, { ...HOUR, timeZone: here });

/**
 * A time with its date before it, unless its day needs none: `2 Mar, 6:42 PM PST`.
 * @param {string} time
 * @param {string} day
 * @param {string} today
 * @param {(string | undefined)[]} plain the days that need none
 */
const dated = (time, day, today, plain) => (plain.includes(day) ? time : words.dated(shortDate(day, today), time));

/**
 * The reader's time, with its date where that is needed.
 * @param {number} at
 * @param {Where & Page} page
 */
export function ownTime(at, { here, locale, now = at, night } = {}) {
  const today = dayOf(now, here);
  return dated(ownClock(at, { here, locale }), dayOf(at, here), today, [today, night]);
}

/**
 * The reader's time, and beside it the event's where that differs: `3:42 AM (6:42 PM PST)`. Each has its date where
 * that is needed; the event's only after the reader's.
 * @param {number} at
 * @param {string} zone
 * @param {Where & Page} page
 */
export function clock(at, zone, { here, locale, now = at, night } = {}) {
  const [today, day, event] = [dayOf(now, here), dayOf(at, here), eventClock(at, zone)];
  if (sameWall(at, zone, here)) return dated(event, day, today, [today, night]);
  const plain = today === day ? [dayOf(at, zone)] : [day, night];
  return `${ownTime(at, { here, locale, now, night })} (${dated(event, dayOf(at, zone), today, plain)})`;
}

/** All of it, in event time: `Sunday, 2 March 2025, 6:42 PM PST`. @param {number} at @param {string} zone */
export const fullTime = (at, zone) => words.dated(longDate(dayOf(at, zone)), eventClock(at, zone));
