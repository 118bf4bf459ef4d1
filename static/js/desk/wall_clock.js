// The clock in the masthead: event time, the editor's own beside it where that differs, and how fresh the coverage is.

import { element } from "./dom.js";
import { clock, lately, place, read, sameWall } from "./times.js";

/** @import { Workspace } from "./desk.d.ts" */

const SECOND = 1000;

/** Show it, and keep it going. @param {Pick<Workspace, "timelines">} workspace @param {HTMLElement} box */
export function wallClock({ timelines }, box) {
  const city = element("span", { class: "city" });
  const [minutes, seconds] = [element("span", {}), element("span", { class: "seconds" })];
  const zoned = element("span", { class: "zoned" });
  const here = element("span", { class: "here" });
  const last = element("span", { class: "last" });
  box.append(element("span", { class: "now" }, city, " ", minutes, seconds, zoned, here), last);

  function show() {
    const { zone, posts } = timelines.public;
    const now = Date.now();
    const event = read(now, zone);
    put(city, place(zone));
    put(minutes, event.minutes);
    put(seconds, event.seconds.slice(event.minutes.length));
    put(zoned, clock(now, zone, { now }).slice(event.minutes.length));
    put(here, sameWall(now, zone, undefined) ? "" : ` · here ${read(now, undefined).seconds}`);
    put(last, posts.length ? `last update ${lately(posts[0].published_at, zone, now)}` : "");
  }

  /** At each full second, which an interval would miss little by little. */
  function tick() {
    show();
    setTimeout(tick, SECOND - (Date.now() % SECOND));
  }
  tick();
}

/** @param {HTMLElement} place @param {string} text */
function put(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
