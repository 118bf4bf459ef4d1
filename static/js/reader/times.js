// Times in words. Pure.

import { language, words } from "./words.js";

/** "now", "5 min ago" for the first hour; null later. Never negative: a clock that is behind reads as now. */
export function relative(at, now) {
  const minutes = Math.floor(Math.max(0, now - at) / 60000);
  if (minutes < 1) return words.now;
  return minutes < 60 ? words.ago(minutes) : null;
}

const HOUR = { hour: "numeric", minute: "2-digit" };
const forms = new Map();

/** A formatter is dear, and there are few: each is made once. Spaces become plain ones, as the server writes them. */
function format(at, locale, options) {
  const name = JSON.stringify([locale, options]);
  if (!forms.has(name)) forms.set(name, new Intl.DateTimeFormat(locale, options));
  return forms.get(name).format(at).replace(/\s/g, " ");
}

/** The event's own time with its zone named, `6:42 PM PST`, as the server writes it. */
export function eventClock(at, zone) {
  if (!/^en\b/.test(language)) return `${ownClock(at, { here: zone, locale: language })} ${zoneName(at, zone)}`;
  return format(at, "en-US", { ...HOUR, timeZone: zone, timeZoneName: "short" });
}

/** The event's zone as people say it: `PST`. */
export function zoneName(at, zone) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName").value;
}

const wall = (at, timeZone) => format(at, "en-US", { dateStyle: "short", timeStyle: "short", timeZone });

/** Whether the reader's clocks show what the event's show. */
export const sameWall = (at, zone, here) => wall(at, here) === wall(at, zone);

/** The reader's time: `3:42 AM`. */
export const ownClock = (at, { here, locale } = {}) => format(at, locale, { ...HOUR, timeZone: here });

/** The reader's time, and beside it the event's where that differs: `3:42 AM (6:42 PM PST)`. */
export function clock(at, zone, { here, locale } = {}) {
  return sameWall(at, zone, here) ? eventClock(at, zone) : `${ownClock(at, { here, locale })} (${eventClock(at, zone)})`;
}
