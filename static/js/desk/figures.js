// The night in figures: how many read now and over the night, how many got the last change and how fast, and how many
// posts each editor has.

import { plot } from "./chart.js";
import { element } from "./dom.js";
import { clock } from "./times.js";

/** @import { Reached, Workspace } from "./desk.d.ts" */

const LOOK = 30_000; // ms between two looks at the chart and the posts
const [WIDTH, HEIGHT] = [280, 56];

/**
 * @typedef {{readers: number, last: Reached | null}} Message
 * @typedef {{readers: HTMLElement, last: HTMLElement, chart: HTMLElement, posts: HTMLElement}} Places
 */

export class Figures {
  /** @param {Pick<Workspace, "api" | "timelines">} workspace @param {Places} places */
  constructor({ api, timelines }, places) {
    this.api = api;
    this.timelines = timelines;
    this.places = places;
  }

  /** Look at the night so far, now and from time to time. */
  start() {
    setInterval(() => this.#look(), LOOK);
    document.addEventListener("visibilitychange", () => this.#look());
    this.#look();
  }

  /** Show what the server tells every second. @param {Message} message */
  show({ readers: n, last }) {
    const { readers } = this.places;
    const words = readers.nextElementSibling;
    readers.textContent = n.toLocaleString();
    if (words) words.textContent = n === 1 ? "reader now" : "readers now";
    this.places.last.textContent = last ? reachedInWords(last) : "";
  }

  async #look() {
    if (document.hidden) return;
    const [audience, figures] =
      await Promise.all(["/audience", "/figures"].map((path) => this.api.read(path).catch(() => null)));
    if (audience) this.#draw(audience.points);
    if (figures) this.#count(Object.entries(figures.posts_by));
  }

  /** @param {[string, number][]} points */
  #draw(points) {
    const found = plot(points, { width: WIDTH, height: HEIGHT });
    if (!found) return this.places.chart.replaceChildren();
    const most = Math.max(...points.map(([, n]) => n));
    const [from, to] = [found.from, found.to].map((at) => clock(at, this.timelines.public.zone));
    const name = `Readers from ${from} to ${to}, at most ${most}`;
    return this.places.chart.replaceChildren(
      drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": name, preserveAspectRatio: "none" },
        drawn("path", { d: found.area, class: "area" }), drawn("polyline", { points: found.line, class: "line" })),
      element("p", { class: "scale hint" }, element("span", {}, from), element("span", {}, to)));
  }

  /** How many of the posts that stand are by whom. @param {[string, number][]} rows */
  #count(rows) {
    this.places.posts.replaceChildren(...(rows.length
      ? rows.map(([name, n]) => element("li", {}, name, " ", element("span", { class: "hint" }, String(n))))
      : [element("li", { class: "hint" }, "None yet.")]));
  }
}

/**
 * How the last change went, which is not about the readers of this moment.
 * @param {Pick<Reached, "readers" | "ms">} last
 */
export function reachedInWords({ readers, ms }) {
  if (!readers) return "Nobody was reading at the last change.";
  const who = `${readers.toLocaleString()}\u00a0${readers === 1 ? "reader" : "readers"}`;
  return `The last change reached ${who} ${ms < 1 ? "at once" : `within ${ms}\u00a0ms`}.`;
}

/** @param {string} tag @param {Record<string, string>} attributes @param {Node[]} children */
function drawn(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
