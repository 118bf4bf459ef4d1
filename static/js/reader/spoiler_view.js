// Hides results until the reader taps them. The style sheet hides them, before the first paint; this script decides
// which, and shows them again.

import { all, around, element, find, focusOn, part, said } from "./elements.js";
import { keep, recall } from "./memory.js";
import { spoils, tells } from "./spoilers.js";
import { isolated, words } from "./words.js";

/** @import { Category } from "./wire.d.ts" */

const root = document.documentElement;
const categories = () => [...known.values()];
/** @type {Map<string, Category>} */
let known = new Map();
/** @type {Set<string>} ids of categories and posts whose result this reader had shown */
let revealed = new Set();
let memory = "";

export const hidesResults = () => root.classList.contains("safe");
/** @param {string} unit */
export const isRevealed = (unit) => revealed.has(unit);

/**
 * Begin with what this reader had shown before.
 * @param {string} slug
 * @param {Map<string, Category>} map the categories as the page shows them, always
 */
export function startSpoilerView(slug, map) {
  known = map;
  memory = `${slug}:told`;
  revealed = new Set(recall(memory, []));
  find("safe")?.addEventListener("click", () => choose(!hidesResults()));
  document.addEventListener("click", (event) => {
    const button = around(event, ".reveal");
    if (button) show(button.dataset.unit ?? "", button);
  });
  addEventListener("storage", ({ key, newValue }) => { if (key === "liveblog:safe") put(newValue === "true"); });
  hideSpoilers();
}

/** @param {boolean} on */
function choose(on) {
  keep("safe", on);
  if (on) keep(memory, [...(revealed = new Set())]);
  put(on);
}

/** @param {boolean} on */
function put(on) {
  root.classList.toggle("safe", on);
  hideSpoilers();
  dispatchEvent(new Event("spoilers"));
}

/** Show one result everywhere; the keyboard goes to what was shown. @param {string} unit @param {HTMLElement} button */
function show(unit, button) {
  const place = /** @type {HTMLElement} */ (button.closest("article, li, section"));
  revealed.add(unit);
  keep(memory, [...revealed]);
  hideSpoilers();
  const [heading] = all("h2:not(.veil *), h3", place);
  if (heading) focusOn(heading);
}

/** Bring all veils up to date; called after every change of the page. */
export function hideSpoilers() {
  const safe = hidesResults();
  find("safe")?.setAttribute("aria-pressed", String(safe));
  for (const article of all("article.post")) hideInPost(article, safe);
  for (const row of all("#board > .category")) hideInRow(row, safe);
  for (const item of all("#moments li, #latest")) hideInMoment(item, safe);
  for (const item of all("#winners li")) item.classList.toggle("told", safe && revealed.has(item.dataset.id ?? ""));
  hideInTally(safe);
  root.classList.remove("unsorted");
}

/**
 * What is shown at once: a category with all that tells of it, or a post.
 * @param {{category?: string, id: string}} post
 */
const unitOf = ({ category, id }) => (category && known.has(category) ? category : id);
/** @param {string | undefined} id */
const nameOf = (id) => (id ? known.get(id)?.name : undefined);

/** All its words, those of its pictures too. @param {HTMLElement} article */
function textOf(article) {
  const alts = [...article.querySelectorAll("img")].map((image) => image.alt);
  const parts = all("h2:not(.veil *), .body, figcaption, .correction", article).map((each) => each.textContent);
  return [...parts, ...alts].join(" ");
}

/** @param {HTMLElement} of @param {boolean} hide @param {boolean} safe */
function setClasses(of, hide, safe) {
  of.classList.toggle("spoils", hide);
  of.classList.toggle("clear", safe && !hide);
}

/** @param {HTMLElement} article @param {boolean} safe */
function hideInPost(article, safe) {
  const post = {
    id: article.dataset.id ?? "",
    type: ["result", "preview"].find((type) => article.classList.contains(type)) ?? "update",
    category: all(".kicker", article)[0]?.dataset.category,
    published_at: article.dataset.published ?? "",
    text: textOf(article),
  };
  const hide = safe && !revealed.has(unitOf(post)) && spoils(post, categories());
  setClasses(article, hide, safe);
  const old = article.querySelector(".veil");
  if (!hide) old?.remove();
  if (!hide || old) return;
  const made = element("div", "", { class: "veil" });
  const say = post.type === "result" ? words.hiddenResult : words.hiddenUpdate;
  made.append(said("h2", say(nameOf(post.category)), { tabindex: "-1" }), reveal(unitOf(post), words.show));
  part(article, "header").append(made);
}

/** @param {HTMLElement} row @param {boolean} safe */
function hideInRow(row, safe) {
  const category = known.get(row.dataset.id ?? "");
  const hide = safe && category !== undefined && tells(category) && !revealed.has(category.id);
  setClasses(row, hide, safe);
  const old = row.querySelector(".reveal");
  if (!hide) old?.remove();
  else if (!old) row.append(reveal(category.id, words.show, words.showResult(category.name)));
}

/** @param {HTMLElement} item of the key moments, or the line of the latest update @param {boolean} safe */
function hideInMoment(item, safe) {
  const { id = "", category, published: published_at = "" } = item.dataset;
  const type = item.classList.contains("result") ? "result" : "update";
  const post = { type, category, published_at, text: part(item, ".gist").textContent ?? "" };
  const hide = safe && !revealed.has(unitOf({ id, category })) && spoils(post, categories());
  setClasses(item, hide, safe);
  const old = item.querySelector(".veiled");
  if (!hide) old?.remove();
  else if (!old) {
    const name = nameOf(category);
    const about = { class: "veiled" };
    part(item, "a").append(name ? element("span", isolated(name), about) : said("span", words.hidden, about));
  }
}

/** @param {boolean} safe */
function hideInTally(safe) {
  const own = find("tally-own");
  const board = /** @type {HTMLElement | undefined} */ (own?.closest(".board"));
  if (!own || !board) return;
  const hide = safe && !revealed.has("tally") && categories().some(tells);
  setClasses(board, hide, safe);
  const old = board.querySelector(":scope > .reveal");
  if (!hide) old?.remove();
  else if (!old) own.after(reveal("tally", words.showTally));
}

/** @param {string} unit @param {string} text @param {string} [label] */
function reveal(unit, text, label) {
  const button = said("button", text, { type: "button", class: "reveal", "data-unit": unit });
  if (label) button.setAttribute("aria-label", label);
  return button;
}
