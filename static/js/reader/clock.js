// Keeps the times of a page in words and in the reader's zone. Works on any page whose element names the event's zone.

import { all, find } from "./elements.js";
import { clock, eventClock, ownClock, relative, sameWall, zoneName } from "./times.js";
import { words } from "./words.js";

const locale = navigator.language;
let latest = 0;
let still = false;

/** A computer's clock may be set back; a page's may not. */
const now = () => (latest = Math.max(latest, Date.now()));

/** @param {string} zone the event's */
export function tick(zone) {
  const at = now();
  for (const time of /** @type {HTMLTimeElement[]} */ (all("time[datetime]"))) put(time, at, zone);
  putZone(zone, at);
}

/** @param {HTMLTimeElement} time @param {number} now @param {string} zone */
function put(time, now, zone) {
  const at = Date.parse(time.dateTime);
  if (Number.isNaN(at)) return;
  const exact = () => (time.closest(".moment") ? ownClock(at, { locale }) : clock(at, zone, { locale }));
  const text = (!still && relative(at, now)) || exact();
  if (time.textContent !== text) time.textContent = text;
  time.title ||= eventClock(at, zone);
}

/** @param {string} zone @param {number} at */
function putZone(zone, at) {
  const place = find("zone");
  if (!place) return;
  const say = sameWall(at, zone) ? words.eventTime : words.yourTime;
  const text = say((zone.split("/").at(-1) ?? "").replaceAll("_", " "), zoneName(at, zone));
  if (place.textContent !== text) place.textContent = text;
}

/** A paused page says when, not how long ago. @param {boolean} yes @param {string} zone */
export function holdTime(yes, zone) {
  still = yes;
  tick(zone);
}

export const timeNow = () => ownClock(now(), { locale });

/** @param {() => string} zoneOf */
export function keepTime(zoneOf) {
  tick(zoneOf());
  setInterval(() => tick(zoneOf()), 15000);
}
