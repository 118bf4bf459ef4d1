// Spoiler-safe: results stay hidden until they are tapped. The style sheet hides, before the first paint; this says what and lets it be shown.

import { $, element } from "./elements.js";
import { keep, recall } from "./memory.js";
import { spoils, tells } from "./spoilers.js";
import { words } from "./words.js";

const root = document.documentElement;
const categories = () => [...known.values()];
let known = new Map();
let told = new Set();
let memory = "";

export const isSafe = () => root.classList.contains("safe");
export const isTold = (unit) => told.has(unit);

/** Begin with the categories as they are (a live Map), and with what this reader had shown before. */
export function veilFrom(slug, map) {
  known = map;
  memory = `${slug}:told`;
  told = new Set(recall(memory, []));
  $("safe")?.addEventListener("click", () => choose(!isSafe()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".reveal");
    if (button) show(button.dataset.unit, button);
  });
  addEventListener("storage", (event) => { if (event.key === "liveblog:safe") put(event.newValue === "true"); });
  veil();
}

function choose(on) {
  keep("safe", on);
  if (on) keep(memory, [...(told = new Set())]);
  put(on);
}

function put(on) {
  root.classList.toggle("safe", on);
  veil();
  dispatchEvent(new Event("veil"));
}

/** Show one result everywhere; the keyboard goes to what was shown. */
function show(unit, button) {
  const place = button.closest("article, li, section");
  told.add(unit);
  keep(memory, [...told]);
  veil();
  const heading = place.querySelector("h2:not(.veil *), h3");
  if (!heading) return;
  if (!heading.hasAttribute("tabindex")) {
    heading.setAttribute("tabindex", "-1");
    heading.addEventListener("blur", () => heading.removeAttribute("tabindex"), { once: true });
  }
  heading.focus({ preventScroll: true });
}

/** Bring all veils up to date; called after every change of the page. */
export function veil() {
  const safe = isSafe();
  $("safe")?.setAttribute("aria-pressed", safe);
  for (const article of document.querySelectorAll("article.post")) veilPost(article, safe);
  for (const row of document.querySelectorAll("#board > .category")) veilRow(row, safe);
  for (const item of document.querySelectorAll("#moments li")) veilMoment(item, safe);
  for (const item of document.querySelectorAll("#winners li")) item.classList.toggle("told", safe && told.has(item.dataset.id));
  veilTally(safe);
  root.classList.remove("unsorted");
}

const unitOf = ({ category, id }) => (known.has(category) ? category : id);
const nameOf = (id) => known.get(id)?.name;

/** All its words, those of its pictures too. */
function textOf(article) {
  const alts = [...article.querySelectorAll("img")].map((image) => image.alt);
  const parts = [...article.querySelectorAll("h2:not(.veil *), .body, figcaption, .correction")].map((part) => part.textContent);
  return [...parts, ...alts].join(" ");
}

function veilPost(article, safe) {
  const post = {
    id: article.dataset.id,
    type: ["result", "preview"].find((type) => article.classList.contains(type)) ?? "update",
    category: article.querySelector(".kicker")?.dataset.category,
    published_at: article.dataset.published,
    text: textOf(article),
  };
  const hide = safe && !told.has(unitOf(post)) && spoils(post, categories());
  article.classList.toggle("spoils", hide);
  article.classList.toggle("clear", safe && !hide);
  const old = article.querySelector(".veil");
  if (!hide) return old?.remove();
  if (old) return undefined;
  const made = element("div", "", { class: "veil" });
  made.append(element("h2", (post.type === "result" ? words.hiddenResult : words.hiddenUpdate)(nameOf(post.category)), { tabindex: "-1" }), reveal(unitOf(post), words.show));
  return article.querySelector("header").append(made);
}

function veilRow(row, safe) {
  const category = known.get(row.dataset.id);
  const hide = safe && category && tells(category) && !told.has(category.id);
  row.classList.toggle("spoils", Boolean(hide));
  row.classList.toggle("clear", safe && !hide);
  const old = row.querySelector(".reveal");
  if (!hide) old?.remove();
  else if (!old) row.append(reveal(category.id, words.show, words.showResult(category.name)));
}

function veilMoment(item, safe) {
  const { id, category, published } = item.dataset;
  const type = item.classList.contains("result") ? "result" : "update";
  const text = item.querySelector(".gist").textContent;
  const hide = safe && !told.has(unitOf({ id, category })) && spoils({ type, category, published_at: published, text }, categories());
  item.classList.toggle("spoils", hide);
  item.classList.toggle("clear", safe && !hide);
  const old = item.querySelector(".veiled");
  if (!hide) old?.remove();
  else if (!old) item.querySelector("a").append(element("span", nameOf(category) ?? words.hidden, { class: "veiled" }));
}

function veilTally(safe) {
  const board = $("tally-own")?.closest(".board");
  if (!board) return;
  const hide = safe && !told.has("tally") && categories().some(tells);
  board.classList.toggle("spoils", hide);
  board.classList.toggle("clear", safe && !hide);
  const old = board.querySelector(":scope > .reveal");
  if (!hide) old?.remove();
  else if (!old) $("tally-own").after(reveal("tally", words.showTally));
}

function reveal(unit, text, label) {
  return element("button", text, { type: "button", class: "reveal", "data-unit": unit, ...(label && { "aria-label": label }) });
}
