// Days: which one a moment has, how it is written, and where one begins between posts. Pure.

import { language } from "./words.js";

/** @type {Map<string, Intl.DateTimeFormat>} */
const forms = new Map();

/**
 * A formatter is dear, and there are few: each is made once. Spaces become plain ones, as the server writes them.
 * @param {number} at ms since 1970
 * @param {string | undefined} locale
 * @param {Intl.DateTimeFormatOptions} options
 */
export function format(at, locale, options) {
  const name = JSON.stringify([locale, options]);
  const form = forms.get(name) ?? new Intl.DateTimeFormat(locale, options);
  forms.set(name, form);
  return form.format(at).replace(/\s/g, " ");
}

/** `2025-03-02`: Swedes write ISO 8601. @param {number} at @param {string} [timeZone] the reader's when not given */
export const dayOf = (at, timeZone) => format(at, "sv-SE", { dateStyle: "short", timeZone });

const DATE = /** @type {const} */ ({ day: "numeric", month: "short" });
const english = /^en\b/.test(language);
const locale = english ? "en-GB" : language;

/** `2 Mar`, and of another year than now `2 Mar 2025`. @param {string} day @param {string} today */
export function shortDate(day, today) {
  const year = day.slice(0, 4) === today.slice(0, 4) ? undefined : "numeric";
  return format(Date.parse(day), locale, { ...DATE, year, timeZone: "UTC" });
}

/** `Sunday, 2 March 2025`, as the server writes it. @param {string} day */
export function longDate(day) {
  const at = Date.parse(day);
  if (!english) return format(at, locale, { dateStyle: "full", timeZone: "UTC" });
  const weekday = format(at, locale, { weekday: "long", timeZone: "UTC" });
  return `${weekday}, ${format(at, locale, { dateStyle: "long", timeZone: "UTC" })}`;
}

/**
 * Above which posts a day is written: where another one begins, and at the first unless its day needs none.
 * @param {string[]} days the posts', in the order of the page
 * @param {(string | undefined)[]} plain the days that need none at the top: today, and the one in the masthead
 * @returns {(string | null)[]} for each post the day to write above it, or null
 */
export const dividersOf = (days, plain) =>
  days.map((day, n) => ((n ? day === days[n - 1] : plain.includes(day)) ? null : day));
