// Away and back: one digest instead of a flood. Away is a hidden tab, a lost line, or the time since the last visit.

import { missed } from "./digest.js";
import { $, element } from "./elements.js";
import { keep, recall } from "./memory.js";
import { markFirst, reach, seenTime } from "./story.js";
import { isSafe, isTold } from "./veil.js";
import { namesOf, resultsOf } from "./winners.js";
import { words } from "./words.js";

const LEAST = 30000; // ms: shorter absences need no digest
const SOON = 400; // ms after coming back: what is under way belongs to the digest
let slug;
let categories; // the live Map
let left = null; // {at, since, before} when the reader went away
let line = "";
let place = null; // the position that the page shows
let timer;
let say;
const came = new Map(); // posts that came meanwhile, as far as a digest needs them

export function watchAbsence(own, map, speak) {
  [slug, categories, say] = [own, map, speak];
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) remember();
    look();
  });
  addEventListener("pagehide", remember);
  $("digest-close").addEventListener("click", close);
  $("digest").addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  $("digest-first").addEventListener("click", (event) => {
    if (reach(event.currentTarget.dataset.id)) event.preventDefault();
    close();
  });
  addEventListener("veil", () => { if (!$("digest").hidden) list(shown); });
  if (document.hidden) look();
}

const now = () => ({ at: Date.now(), since: seenTime() ?? "", before: resultsOf(categories.values()) });

/** The connection says how it is. */
export function lineIs(state) {
  line = state;
  look();
}

function look() {
  const here = !document.hidden && ["live", "polling", ""].includes(line);
  clearTimeout(timer);
  if (!here) left ??= now();
  else if (left) timer = setTimeout(back, SOON);
}

/** Posts that the page was just told of. */
export function noteArrivals(posts) {
  if (!left) return;
  for (const { id, published_at: at, type, retracted } of posts) {
    if (retracted) came.delete(id);
    else if (at > left.since) came.set(id, { id, published_at: at, type });
  }
}

function back() {
  const from = left;
  const posts = [...came.values()];
  left = null;
  came.clear();
  if (Date.now() - from.at >= LEAST) tell({ ...from, posts });
}

// -- between visits

/** What the page shows now is what the next visit compares with. */
export function remember(position) {
  if (position?.epoch) place = position;
  if (place && !left) keep(`${slug}:visit`, { ...now(), ...place });
}
/** At the start: what has happened since the last visit. `changes` asks the server. */
export async function sinceLastVisit(changes, position) {
  const visit = recall(`${slug}:visit`, null);
  remember(position);
  if (!visit || Date.now() - visit.at < LEAST || (visit.epoch === position.epoch && visit.seq >= position.seq)) return;
  const { objects } = await changes(visit);
  tell({ ...visit, posts: objects.filter((object) => object.kind === "post") });
}

// -- the digest

let shown = [];

function tell({ since, before, posts }) {
  const news = missed({ posts, since, before, categories: categories.values() });
  if (!news.updates && !news.winners.length) return;
  const count = words.missed({ winners: news.winners.length, updates: news.updates });
  $("digest-count").textContent = count;
  list(news.winners);
  const first = $("digest-first");
  first.hidden = !news.first;
  if (news.first) {
    first.dataset.id = news.first;
    first.href = `${location.pathname}/posts/${news.first}`;
    markFirst(news.first);
  }
  $("digest").hidden = false;
  say(`${words.away}: ${count}`);
}

function list(winners) {
  shown = winners;
  $("digest-winners").replaceChildren(...winners.map(({ category, what }) => {
    const item = element("li", "");
    const hush = isSafe() && !isTold(category.id);
    item.append(element("a", category.name, { href: `#category-${category.id}` }));
    if (hush) item.append(" ", element("span", words.hidden, { class: "veiled" }));
    else item.append(" ", element("strong", namesOf(category) || words.takenBack));
    if (!hush && what === "corrected") item.append(" ", element("em", words.correctedShort));
    return item;
  }));
}

function close() {
  $("digest").hidden = true;
}
