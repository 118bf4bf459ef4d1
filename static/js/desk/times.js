// Times at the desk: in event time, by a 24-hour clock, with the zone's short name, and with the date on another day.
// Pure. A time is RFC 3339 or ms since 1970; `zone` is an IANA name, undefined for the browser's own.

/** @typedef {string | number} Time */

/** English speaks differently of the zones of different countries: `PST`, `CET`, `AEST`, `IST`, `SAST`. */
const ENGLISH = ["en-US", "en-GB", "en-AU", "en-IN", "en-NZ", "en-ZA"];
const DAY = 24 * 60 * 60_000;

/** @type {Map<string, Intl.DateTimeFormat>} */
const forms = new Map();

/**
 * A formatter is dear, and there are few: each is made once. A zone that this browser does not know is shown as UTC.
 * @param {string | undefined} zone
 * @param {Intl.DateTimeFormatOptions} options
 */
function form(zone, options, locale = "en-GB") {
  const name = JSON.stringify([zone, options, locale]);
  const found = forms.get(name) ?? made(locale, { ...options, timeZone: zone });
  forms.set(name, found);
  return found;
}

/** @param {string} locale @param {Intl.DateTimeFormatOptions} options */
function made(locale, options) {
  try {
    return new Intl.DateTimeFormat(locale, options);
  } catch {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  }
}

/** @type {Intl.DateTimeFormatOptions} */
const ALL = { weekday: "short", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit",
  second: "2-digit", hourCycle: "h23" };

/** What calendar and clocks show there. @param {Time} at @param {string | undefined} zone */
export function read(at, zone) {
  const parts = form(zone, ALL).formatToParts(new Date(at)).map(({ type, value }) => [type, value]);
  const { weekday, day, month, year, hour, minute, second } = Object.fromEntries(parts);
  const minutes = `${hour}:${minute}`;
  return { weekday, day: `${day} ${month}`, year, minutes, seconds: `${minutes}:${second}` };
}

/** The zone as people say it, `PST`, or as an offset, `GMT+9`. @param {Time} at @param {string | undefined} zone */
export function zoneName(at, zone) {
  const names = ENGLISH.map((locale) => form(zone, { timeZoneName: "short" }, locale).formatToParts(new Date(at))
    .find(({ type }) => type === "timeZoneName")?.value ?? "");
  return names.find((name) => !/^GMT./.test(name)) ?? names[0];
}

/** The zone's place: `Los Angeles`. @param {string} zone */
export const place = (zone) => (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");

/**
 * `21:04 PST`, and on another day `1 March, 21:04 PST`.
 * @param {Time} at
 * @param {string | undefined} zone
 * @param {object} [options]
 * @param {boolean} [options.seconds]
 * @param {boolean} [options.named] false in a list that names the zone once for all
 * @param {number} [options.now]
 */
export function clock(at, zone, { seconds = false, named = true, now = Date.now() } = {}) {
  const [then, today] = [read(at, zone), read(now, zone)];
  const date = [then.day, then.year !== today.year && then.year].filter(Boolean).join(" ");
  return [then.day === today.day && then.year === today.year ? "" : `${date}, `, seconds ? then.seconds : then.minutes,
    named ? `\u00a0${zoneName(at, zone)}` : ""].join("");
}

/**
 * `21:04:07 PST`, by the same rules.
 * @param {Time} at
 * @param {string | undefined} zone
 * @param {Parameters<typeof clock>[2]} [options]
 */
export const clockToSeconds = (at, zone, options) => clock(at, zone, { ...options, seconds: true });

/**
 * A time with its date whatever the day: `Sun 2 March 2025, 18:30 PST`.
 * @param {Time} at
 * @param {string | undefined} zone
 */
export function appointment(at, zone) {
  const { weekday, day, year, minutes } = read(at, zone);
  return `${weekday} ${day} ${year}, ${minutes}\u00a0${zoneName(at, zone)}`;
}

/**
 * A time with the editor's own beside it where that differs: `Sun 2 March 2025, 18:30 PST (here Mon 3 March, 03:30
 * CET)`.
 * @param {Time} at
 * @param {string} zone
 * @param {string} [here]
 */
export function hereToo(at, zone, here) {
  const event = appointment(at, zone);
  if (sameWall(at, zone, here)) return event;
  const [there, own] = [read(at, zone), read(at, here)];
  const day = own.day === there.day ? "" : `${own.weekday} ${own.day}, `;
  return `${event} (here ${day}${own.minutes}\u00a0${zoneName(at, here)})`;
}

/**
 * How long ago something was, in minutes, while that says more than the clock: within the hour. Otherwise the time.
 * @param {Time} at
 * @param {string} zone
 * @param {number} now
 */
export function lately(at, zone, now) {
  const minutes = Math.floor(Math.max(0, now - new Date(at).getTime()) / 60_000);
  if (minutes < 1) return "just now";
  return minutes < 60 ? `${minutes}\u00a0min ago` : `at ${clock(at, zone, { now })}`;
}

/**
 * Whether two zones' clocks show the same.
 * @param {Time} at
 * @param {string} zone
 * @param {string} [other]
 */
export const sameWall = (at, zone, other) => wall(at, zone) === wall(at, other);

/**
 * What calendar and clock show there, as a datetime-local field has it: `2025-03-02T18:30`.
 * @param {Time} at
 * @param {string | undefined} zone
 */
export function wall(at, zone) {
  const parts = form(zone, { ...ALL, month: "2-digit", day: "2-digit" }).formatToParts(new Date(at));
  const { year, month, day, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${year.padStart(4, "0")}-${month}-${day}T${hour}:${minute}`;
}

/**
 * When the clocks there show this, in ms since 1970, earliest first. Mostly that is once; never within the hour that is
 * left out when clocks go forward, and twice within the hour that they show again.
 * @param {string} shown as `wall` gives it
 * @param {string | undefined} zone
 */
export function instants(shown, zone) {
  const flat = Date.parse(`${shown}Z`);
  if (Number.isNaN(flat)) return [];
  const offsets = [flat - DAY, flat + DAY].map((at) => Date.parse(`${wall(at, zone)}Z`) - at);
  return [...new Set(offsets)].map((offset) => flat - offset).filter((at) => wall(at, zone) === shown)
    .sort((a, b) => a - b);
}
