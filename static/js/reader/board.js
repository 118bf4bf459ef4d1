// The board on the page: its rows, the winners so far and the tally. The server makes their markup; here it gets its
// place.

import { $, all, children, find, parse, part, place } from "./elements.js";
import { putKickers } from "./kicker.js";
import { swap } from "./swap.js";
import { putWhole } from "./whole.js";
import { namesOf, recentResults, resultKey, winnersKey } from "./winners.js";
import { words, write } from "./words.js";

/** @import { Category, PublicObject } from "./wire.d.ts" */

/**
 * @typedef {{category: Category, text: string, quiet: string}} Announcement `quiet` names no winner
 */

const FEW = 4; // a board with more rows folds on a small screen, as in templates/reader/live.html

export class Board {
  /** The categories as the page shows them. @type {Map<string, Category>} */
  categories;
  #rows = $("board");
  #winners = find("winners"); // a frame has none
  /** @type {string | undefined} id of the category on stage */
  #onStage;

  /** @param {Category[]} known what the page shows from the start */
  constructor(known) {
    this.categories = new Map(known.map((category) => [category.id, category]));
    this.#turn();
  }

  /**
   * Bring the board to what the objects say.
   * @param {PublicObject[]} objects
   * @param {string[]} order ids of categories, in running order
   * @param {string | undefined} tally as it came with them, if it did
   * @returns {Announcement[]} the news for those who do not see it
   */
  put(objects, order, tally) {
    const news = objects.map((object) => (object.kind === "category" && !object.removed ? this.#take(object) : null));
    this.#sort(order);
    this.#fold(order);
    this.#turn();
    putWhole(tally);
    return news.filter((each) => each !== null);
  }

  /** Put a category's row and its winners in. @param {Category} category */
  #take(category) {
    const before = this.categories.get(category.id);
    this.categories.set(category.id, category);
    putItem(this.#rows, category.id, category.html);
    if (this.#winners) putItem(part(this.#winners, "ul"), category.id, category.decision);
    putKickers(category);
    return newsOf(before, category);
  }

  /** Folded, the board shows what is on stage, and the latest results. @param {string[]} order */
  #fold(order) {
    const recent = recentResults(order.map((id) => this.categories.get(id)).filter((each) => each !== undefined));
    for (const row of children(this.#rows)) row.classList.toggle("recent", recent.has(row.dataset.id ?? ""));
    const board = /** @type {HTMLElement} */ (this.#rows.parentElement);
    board.classList.toggle("folds", order.length > FEW);
    for (const link of all(".more", board)) write(link, words.allCategories(order.length));
  }

  /** Beside the updates, where the board scrolls by itself: turn to a category that has just come on stage. */
  #turn() {
    const row = all(":scope > .on_stage", this.#rows)[0];
    const turn = row && row.dataset.id !== this.#onStage;
    this.#onStage = row?.dataset.id;
    if (!turn) return;
    const panel = /** @type {HTMLElement} */ (this.#rows.parentElement);
    panel.scrollTop = row.offsetTop - panel.clientHeight / 3;
  }

  /** Bring rows and winners into running order, and take away what is not in it. @param {string[]} order */
  #sort(order) {
    for (const id of this.categories.keys()) if (!order.includes(id)) this.categories.delete(id);
    sort(this.#rows, order);
    if (!this.#winners) return;
    const list = part(this.#winners, "ul");
    sort(list, order);
    this.#winners.hidden = list.children.length === 0;
  }
}

/**
 * @param {Category | undefined} before
 * @param {Category} category
 * @returns {Announcement | null}
 */
function newsOf(before, category) {
  if ((before ? resultKey(before) : "") === resultKey(category)) return stageNews(before, category);
  const quiet = words.changed(category.name);
  if (category.doubt) return { category, text: words.doubted(category.name), quiet };
  return { category, text: resultNews(before, category), quiet };
}

/** @param {Category | undefined} before @param {Category} category */
function resultNews(before, category) {
  const [was, is] = [before ? winnersKey(before) : "", winnersKey(category)];
  if (!is) return words.withdrawn(category.name);
  const say = was && was !== is ? words.corrected : words.won;
  return say(category.name, namesOf(category));
}

/**
 * @param {Category | undefined} before
 * @param {Category} category
 * @returns {Announcement | null}
 */
function stageNews(before, category) {
  const text = words.onStage(category.name);
  return category.state === "on_stage" && before?.state !== "on_stage" ? { category, text, quiet: text } : null;
}

/** @param {HTMLElement} list @param {string} id */
const itemOf = (list, id) => children(list).find((item) => item.dataset.id === id);

/**
 * @param {HTMLElement} list
 * @param {string} id
 * @param {string | undefined} html without any the item goes
 */
function putItem(list, id, html) {
  const old = itemOf(list, id);
  if (!html) old?.remove();
  else if (old) swap(old, parse(html));
  else list.append(parse(html));
}

/** Only what stands wrong moves. @param {HTMLElement} list @param {string[]} order */
function sort(list, order) {
  for (const item of children(list)) if (!order.includes(item.dataset.id ?? "")) item.remove();
  const items = order.map((id) => itemOf(list, id)).filter((item) => item !== undefined);
  items.forEach((item, n) => { if (list.children[n] !== item) place(list, item, list.children[n]); });
}
