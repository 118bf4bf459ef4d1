// Keeps the times of a page in words and in the reader's zone. Works on any page whose element names the event's zone.

import { clock, eventClock, relative } from "./times.js";

const locale = navigator.language;

export function tick(zone) {
  const now = Date.now();
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = Date.parse(time.dateTime);
    if (Number.isNaN(at)) continue;
    const text = relative(at, now) ?? clock(at, zone, { locale });
    if (time.textContent !== text) time.textContent = text;
    time.title ||= eventClock(at, zone);
  }
}

export function keepTime(zoneOf) {
  tick(zoneOf());
  setInterval(() => tick(zoneOf()), 15000);
}
