// Times in words. Pure.

import { language, words } from "./words.js";

/**
 * @typedef {{here?: string, locale?: string}} Where the reader's time zone and locale; the browser's when not given
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
/** @type {Map<string, Intl.DateTimeFormat>} */
const forms = new Map();

/**
 * A formatter is dear, and there are few: each is made once. Spaces become plain ones, as the server writes them.
 * @param {number} at
 * @param {string | undefined} locale
 * @param {Intl.DateTimeFormatOptions} options
 */
function format(at, locale, options) {
  const name = JSON.stringify([locale, options]);
  const form = forms.get(name) ?? new Intl.DateTimeFormat(locale, options);
  forms.set(name, form);
  return form.format(at).replace(/\s/g, " ");
}

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
 * The reader's time, and beside it the event's where that differs: `3:42 AM (6:42 PM PST)`.
 * @param {number} at
 * @param {string} zone
 * @param {Where} where
 */
export function clock(at, zone, { here, locale } = {}) {
  const event = eventClock(at, zone);
  return sameWall(at, zone, here) ? event : `${ownClock(at, { here, locale })} (${event})`;
}
