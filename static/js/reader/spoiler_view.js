// Hides results until the reader taps them. The style sheet hides them, before the first paint; this script decides
// which, and shows them again.

import { all, around, element, find, focusOn, part, said } from "./elements.js";
import { categoryOf } from "./kicker.js";
import { keep, recall } from "./memory.js";
import { decidedAt, tells } from "./results.js";
import { choose, followChoice, hidesResults, passOnChoice } from "./spoiler_choice.js";
import { setText } from "./swap.js";
import { isolated, words } from "./words.js";

/**
 * @import { Times } from "./results.js"
 * @import { SpoilerPost } from "./spoilers.js"
 * @import { Blog, Category, Facts, Post } from "./wire.d.ts"
 */

const root = document.documentElement;
const TITLE = "title"; // what is shown at once, besides posts and categories
const TALLY = "tally";
/** @type {Map<string, Category>} */
let known = new Map();
/** @type {Blog} */
let blog;
/** When each category's first result was public, whatever became of it. @type {Times} */
let first = {};
/** @type {Set<string>} ids of categories and posts whose result this reader had shown */
let revealed = new Set();
let memory = "";
/** @typedef {typeof import("./spoilers.js").spoils} Rule */
/** @type {Rule | undefined} which updates speak of results; all of them may, until it is here */
let rule;
/** @type {() => Promise<{spoils: Rule}>} */
let load;
let isLoading = false;

const categories = () => [...known.values()];
/** @param {string} unit */
const isRevealed = (unit) => revealed.has(unit);
/** Whether a category's result is hidden from this reader. @param {string} id */
export const hidesResultOf = (id) => hidesResults() && !isRevealed(id);

/**
 * Begin with what this reader had shown before.
 * @param {Facts} facts
 * @param {Map<string, Category>} map the categories as the page shows them, always
 * @param {typeof load} loadRule only those who hide results need it
 */
export function startSpoilerView(facts, map, loadRule) {
  known = map;
  load = loadRule;
  blog = facts.blog;
  first = { ...facts.first_results };
  document.addEventListener("click", (event) => {
    const button = around(event, ".reveal");
    if (button) show(button.dataset.unit ?? "", button);
  });
  passOnChoice();
  hideSpoilers();
}

/** Let the reader choose, and remember the choice and what was shown. */
export function offerChoice() {
  memory = `${blog.id}:told`;
  revealed = new Set(recall(memory, []));
  find("safe")?.addEventListener("click", () => {
    const on = !hidesResults();
    choose(on);
    if (on) keep(memory, [...(revealed = new Set())]);
    put(on);
  });
  followChoice(put);
  hideSpoilers();
}

/** @param {boolean} on */
function put(on) {
  root.classList.toggle("safe", on);
  hideSpoilers();
  dispatchEvent(new Event("spoilers"));
}

/** Show one result everywhere; the keyboard goes to what was shown. @param {string} unit @param {HTMLElement} button */
function show(unit, button) {
  const place = /** @type {HTMLElement} */ (button.closest("article, li, section, .masthead, .crest"));
  revealed.add(unit);
  if (memory) keep(memory, [...revealed]);
  hideSpoilers();
  dispatchEvent(new Event("spoilers"));
  const [heading] = all("h1, h2:not(.veil *), h3", place);
  if (heading) focusOn(heading);
}

/**
 * Bring all veils up to date; called after every change of the page, with the posts that came.
 * @param {Post[]} [came]
 */
export function hideSpoilers(came = []) {
  const safe = hidesResults();
  if (safe && !rule) void fetchRule();
  noteResults(came);
  find("safe")?.setAttribute("aria-pressed", String(safe));
  hideInTitle(safe);
  for (const article of all("article.post")) hideInPost(article, safe);
  for (const row of all("#board > .category")) hideInRow(row, safe);
  for (const item of all("#moments li, #latest")) hideInMoment(item, safe);
  for (const item of all("#winners li")) item.classList.toggle("told", safe && revealed.has(item.dataset.id ?? ""));
  hideInTally(safe);
  root.classList.toggle("unsorted", safe && !rule && isLoading);
}

/** Where it does not come, every update stays covered until it is tapped, and the next change asks for it again. */
async function fetchRule() {
  if (isLoading) return;
  isLoading = true;
  rule = await load().then(({ spoils }) => spoils, () => undefined);
  isLoading = false;
  if (rule) hideSpoilers();
  else root.classList.remove("unsorted");
}

/** A recall takes the time of a result away, but not from its post. @param {Post[]} came */
function noteResults(came) {
  /** @param {string | undefined} id @param {string | undefined} at */
  const note = (id, at) => { if (id && at && at < (first[id] ?? "9")) first[id] = at; };
  for (const category of known.values()) note(category.id, decidedAt(category));
  for (const post of came) if (post.type === "result") note(post.category, post.published_at);
  for (const article of all("article.result")) note(categoryOf(article), article.dataset.published);
}

// -- the title

/** The blog as it is now. @param {Blog} next */
export function blogIs(next) {
  blog = next;
  hideInTitle(hidesResults());
}

/** What was changed since the first result may tell it. */
const hidesTitle = () => hidesResults() && !revealed.has(TITLE) && blog.reworded_at !== undefined
  && Object.values(first).some((at) => at <= /** @type {string} */ (blog.reworded_at));

/** The blog's title, if it tells nothing that this reader does not want to know. */
export const titleNow = () => (hidesTitle() ? words.hiddenTitle : blog.title);

/** @param {boolean} safe */
function hideInTitle(safe) {
  const title = find("title");
  const summary = find("summary");
  if (title) setText(title, titleNow());
  if (summary) {
    setText(summary, blog.summary);
    summary.hidden = !blog.summary || hidesTitle();
  }
  const head = title?.closest("header");
  const old = head?.querySelector(".reveal");
  if (!hidesTitle()) old?.remove();
  else if (!old) head?.append(reveal(TITLE, words.showTitle));
  hideInTab(safe);
}

/**
 * The tab has the first title of the document: one that tells nothing stands before the page's own.
 * @param {boolean} safe
 */
function hideInTab(safe) {
  const [shown, own] = all("title", document.head);
  if (!safe && own) shown.remove();
  if (safe && !own) document.head.prepend(element("title", titleNow()));
  if (safe && own && !shown.textContent?.endsWith(titleNow())) shown.textContent = titleNow();
}

// -- posts, and what names them

/** @param {SpoilerPost} post */
const tellsTooMuch = (post) => !rule || rule(post, categories(), { first, shown: isRevealed });

/**
 * What is shown at once: a category with all that tells of it, or a post.
 * @param {string} id
 * @param {string} [category]
 */
function unitOf(id, category) {
  const about = known.get(category ?? "");
  return about && tells(about) && !revealed.has(about.id) ? about.id : id;
}
/** @param {string | undefined} id */
const nameOf = (id) => (id ? known.get(id)?.name : undefined);

/** All its words, those of its pictures too. @param {HTMLElement} article */
function textOf(article) {
  const alts = [...article.querySelectorAll("img")].map((image) => image.alt);
  const parts = all("h2:not(.veil *), .body, figcaption, .correction, .byline", article);
  return [...parts.map((each) => each.textContent), ...alts].join("\n");
}

/** When it was last changed, corrected or doubted: all its times are such. @param {HTMLElement} article */
const changedAt = (article) => all("time", article).map((time) => time.getAttribute("datetime") ?? "").sort().at(-1);

/** @param {HTMLElement} of @param {boolean} hide @param {boolean} safe */
function setClasses(of, hide, safe) {
  of.classList.toggle("spoils", hide);
  of.classList.toggle("clear", safe && !hide);
}

/** @param {HTMLElement} article @param {boolean} safe */
function hideInPost(article, safe) {
  const { id = "", published: published_at = "" } = article.dataset;
  const type = article.classList.contains("result") ? "result" : "update";
  const category = categoryOf(article);
  const post = { type, category, published_at, changed_at: changedAt(article), text: textOf(article) };
  const hide = safe && !revealed.has(id) && tellsTooMuch(post);
  setClasses(article, hide, safe);
  const old = article.querySelector(".veil");
  if (!hide) return void old?.remove();
  const made = element("div", "", { class: "veil" });
  const name = nameOf(category);
  const text = type === "result" ? words.hiddenResult(name) : words.hiddenUpdate(name);
  made.append(said("h2", text, { tabindex: "-1" }), reveal(unitOf(id, category), words.show, name));
  putVeil(old, made, (one) => part(article, "header").append(one));
}

/**
 * A veil that stands already and says the same stays, with the keyboard on it.
 * @param {Element | null} old
 * @param {HTMLElement} made
 * @param {(made: HTMLElement) => void} put
 */
function putVeil(old, made, put) {
  if (old?.isEqualNode(made)) return;
  if (old) old.replaceWith(made);
  else put(made);
}

/** @param {HTMLElement} row @param {boolean} safe */
function hideInRow(row, safe) {
  const category = known.get(row.dataset.id ?? "");
  const hide = safe && category !== undefined && tells(category) && !revealed.has(category.id);
  setClasses(row, hide, safe);
  const old = row.querySelector(".reveal");
  if (!hide) old?.remove();
  else putVeil(old, reveal(category.id, words.show, category.name), (one) => row.append(one));
}

/**
 * A line with the gist of a post: a key moment, or the latest update. Where the post is on the page, it is hidden with
 * it.
 * @param {HTMLElement} item
 * @param {boolean} safe
 */
function hideInMoment(item, safe) {
  const { id = "", category, published: published_at = "", changed: changed_at } = item.dataset;
  const type = item.classList.contains("result") ? "result" : "update";
  const text = part(item, ".gist").textContent ?? "";
  const itself = { type, category, published_at, changed_at, text };
  const there = find(`post-${id}`)?.classList.contains("spoils");
  const hide = safe && !revealed.has(id) && (there ?? tellsTooMuch(itself));
  setClasses(item, hide, safe);
  const old = item.querySelector(".veiled");
  if (!hide) old?.remove();
  else if (!old) {
    const name = nameOf(category);
    const about = { class: "veiled" };
    part(item, ".gist").after(name ? element("span", isolated(name), about) : said("span", words.hidden, about));
  }
}

/** @param {boolean} safe */
function hideInTally(safe) {
  const own = find("tally-own");
  const board = /** @type {HTMLElement | undefined} */ (own?.closest(".board"));
  if (!own || !board) return;
  const hide = safe && !revealed.has(TALLY) && categories().some(tells);
  setClasses(board, hide, safe);
  const old = board.querySelector(":scope > .reveal");
  if (!hide) old?.remove();
  else if (!old) own.after(reveal(TALLY, words.showTally));
}

/**
 * A button, whose name begins with the words that it shows (WCAG 2.5.3).
 * @param {string} unit
 * @param {string} text
 * @param {string} [of]
 */
function reveal(unit, text, of) {
  const button = said("button", text, { type: "button", class: "reveal", "data-unit": unit });
  if (of) button.append(element("span", `: ${isolated(of)}`, { class: "unseen" }));
  return button;
}
