// Times in words. Pure.

/** "now", "5 min ago" for the first hour; null later. Never negative: a clock that is behind reads as now. */
export function relative(at, now) {
  const minutes = Math.floor(Math.max(0, now - at) / 60000);
  if (minutes < 1) return "now";
  return minutes < 60 ? `${minutes} min ago` : null;
}

const HOUR = { hour: "numeric", minute: "2-digit" };

/** The event's own time with its zone named, `6:42 PM PST`, as the server writes it. */
export function eventClock(at, zone) {
  return new Intl.DateTimeFormat("en-US", { ...HOUR, timeZone: zone, timeZoneName: "short" }).format(at).replace(/\s/g, " ");
}

/** The event's zone as people say it: `PST`. */
export function zoneName(at, zone) {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName").value;
}

const wall = (at, timeZone) => new Intl.DateTimeFormat("en-US", { dateStyle: "short", timeStyle: "short", timeZone }).format(at);

/** Whether the reader's clocks show what the event's show. */
export const sameWall = (at, zone, here) => wall(at, here) === wall(at, zone);

/** The reader's time: `3:42 AM`. */
export const ownClock = (at, { here, locale } = {}) => new Intl.DateTimeFormat(locale, { ...HOUR, timeZone: here }).format(at).replace(/\s/g, " ");

/** The reader's time, and beside it the event's where that differs: `3:42 AM (6:42 PM PST)`. */
export function clock(at, zone, { here, locale } = {}) {
  const own = ownClock(at, { here, locale });
  return sameWall(at, zone, here) ? eventClock(at, zone) : `${own} (${eventClock(at, zone)})`;
}
