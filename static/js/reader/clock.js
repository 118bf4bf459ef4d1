// Keeps the times of a page in words and in the reader's zone. The page says which zone is the event's.

import { dayOf, dividersOf, longDate } from "./days.js";
import { all, element, find } from "./elements.js";
import { serverTime } from "./server_time.js";
import { setText } from "./swap.js";
import { clock, fullTime, ownClock, ownTime, relative, sameWall, zoneName } from "./times.js";
import { words, write } from "./words.js";

const locale = navigator.language;
let still = false;

/** @param {string} zone the event's */
export function tick(zone) {
  const at = serverTime.now();
  const { day: night, at: start } = find("dateline")?.dataset ?? {};
  for (const time of /** @type {HTMLTimeElement[]} */ (all("time[datetime*=T]"))) put(time, zone, { now: at, night });
  putDays([dayOf(at), night]);
  document.documentElement.classList.add("dated");
  putZone(zone, Date.parse(start ?? all("[data-days] > article")[0]?.dataset.published ?? "") || at);
}

/** @param {HTMLTimeElement} time @param {string} zone @param {{now: number, night?: string}} page */
function put(time, zone, page) {
  const at = Date.parse(time.dateTime);
  if (Number.isNaN(at)) return;
  const where = { locale, ...page };
  const exact = () => (time.closest(".moment") ? ownTime(at, where) : clock(at, zone, where));
  const fresh = !still && !time.closest(".dateline"); // a show to come is not "now"
  const said = fresh && relative(at, page.now);
  if (said) write(time, said);
  else setText(time, exact());
  const full = fullTime(at, zone);
  if (time.title !== full) time.title = full;
}

/** Write the days between the posts, in the reader's zone. @param {(string | undefined)[]} plain need none above all */
function putDays(plain) {
  const posts = all("[data-days] > article:not([hidden])");
  const days = dividersOf(posts.map((post) => dayOf(Date.parse(post.dataset.published ?? ""))), plain);
  const stale = new Set(all(".day"));
  posts.forEach((post, n) => {
    const [day, before] = [days[n], /** @type {HTMLElement | null} */ (post.previousElementSibling)];
    if (!day) return;
    if (before && stale.has(before) && before.dataset.day === day) stale.delete(before);
    else post.before(divider(day));
  });
  for (const old of stale) old.remove();
}

/** As templates/_day.html makes it. @param {string} day */
function divider(day) {
  const made = element("p", "", { class: "day", "data-day": day });
  made.append(element("time", longDate(day), { datetime: day }));
  return made;
}

/** Name the zone as it is called at the show, whatever it is called today. @param {string} zone @param {number} at */
function putZone(zone, at) {
  const place = find("zone");
  if (!place) return;
  /** @type {[string, string]} */
  const named = [(zone.split("/").at(-1) ?? "").replaceAll("_", " "), zoneName(at, zone)];
  place.dataset.paper = String(words.eventTime(...named));
  write(place, (sameWall(at, zone) ? words.eventTime : words.yourTime)(...named));
}

/** A paused page says when, not how long ago. @param {boolean} yes @param {string} zone */
export function holdTime(yes, zone) {
  still = yes;
  tick(zone);
}

export const timeNow = () => ownClock(serverTime.now(), { locale });

/** @param {() => string} zoneOf */
export function keepTime(zoneOf) {
  tick(zoneOf());
  serverTime.corrected = () => tick(zoneOf());
  setInterval(() => tick(zoneOf()), 15000);
}
