// Away and back: one digest instead of a flood. Away is a hidden tab, a machine asleep, a lost connection, or the time
// since the last visit.

import { countOf, missed } from "./digest.js";
import { $, element, said } from "./elements.js";
import { keep, recall } from "./memory.js";
import { ofKind } from "./objects.js";
import { home } from "./order.js";
import { hidesResultOf } from "./spoiler_view.js";
import { beat, onWaking } from "./waking.js";
import { namesOf, resultsOf } from "./winners.js";
import { isolated, words, write } from "./words.js";

/**
 * @import { Arrival } from "./digest.js"
 * @import { PostList } from "./post_list.js"
 * @import { CatchUp, Category, News, Position } from "./wire.d.ts"
 */

/**
 * @typedef {{at: number, since: string, before: Record<string, string>}} Left when the reader left (ms since 1970), the
 *   time of the newest post that was shown, and the results
 */

const LEAST = 30000; // ms: shorter absences need no digest
const TRIES = 6; // to learn what happened since the last visit
const PAUSE = 3000; // ms between them
const SOON = 400; // ms after coming back: what is under way belongs to the digest

export class Absence {
  /** @type {Left | null} */
  #left = null;
  #connection = "";
  /** @type {Position | null} */
  #place = null; // the last position of which the reader has seen all
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Map<string, Arrival>} */
  #came = new Map(); // posts that came meanwhile, as far as a digest needs them
  /** @type {News[]} */
  #shown = [];
  #slug;
  #categories;
  #postList;
  #say;
  #positionOf;

  /**
   * @param {string} slug
   * @param {Map<string, Category>} categories as the page shows them, always
   * @param {PostList} postList
   * @param {(text: string) => void} say
   * @param {() => Position | null} positionOf of the page; null while it has something that the reader has not seen
   */
  constructor(slug, categories, postList, say, positionOf) {
    this.#slug = slug;
    this.#categories = categories;
    this.#postList = postList;
    this.#say = say;
    this.#positionOf = positionOf;
  }

  start() {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.remember();
      this.#look();
    });
    addEventListener("pagehide", () => this.remember());
    $("digest-close").addEventListener("click", close);
    document.addEventListener("keydown", ({ key, defaultPrevented }) => {
      if (key === "Escape" && !defaultPrevented) close();
    });
    $("digest-first").addEventListener("click", (event) => {
      if (this.#postList.reach($("digest-first").dataset.id ?? "")) event.preventDefault();
      close();
    });
    addEventListener("spoilers", () => { if (!$("digest").hidden) this.#list(this.#shown); });
    onWaking((since) => {
      this.#left ??= { ...this.#now(), at: since };
      this.#look();
    });
    if (document.hidden) this.#look();
  }

  #now() {
    return { at: Date.now(), since: this.#postList.seenAt ?? "", before: resultsOf(this.#categories.values()) };
  }

  /** @param {string} state */
  connectionIs(state) {
    this.#connection = state;
    this.#look();
  }

  #look() {
    beat();
    const here = !document.hidden && ["live", "polling", ""].includes(this.#connection);
    clearTimeout(this.#timer);
    if (!here) this.#left ??= this.#now();
    else if (this.#left) this.#timer = setTimeout(() => this.#back(), SOON);
  }

  /** Posts that the page was just sent. @param {Arrival[]} posts */
  note(posts) {
    beat();
    if (!this.#left) return;
    for (const { id, published_at, type, retracted } of posts) {
      if (retracted) this.#came.delete(id);
      else if (published_at > this.#left.since) this.#came.set(id, { id, published_at, type });
    }
  }

  #back() {
    const left = this.#left;
    const posts = [...this.#came.values()];
    this.#left = null;
    this.#came.clear();
    if (left && Date.now() - left.at >= LEAST) this.#tell(left, posts);
  }

  // -- between visits

  /** Called when the reader may have seen more. */
  noteSeen() {
    this.#place = this.#positionOf() ?? this.#place;
  }

  /** What the reader has seen by now is what the next visit compares with. */
  remember() {
    this.noteSeen();
    if (this.#place?.epoch && !this.#left) keep(`${this.#slug}:visit`, { ...this.#now(), ...this.#place });
  }

  /**
   * At the start: what has happened since the last visit.
   * @param {(position: Position) => Promise<CatchUp>} changes asks the server
   */
  async sinceLastVisit(changes) {
    const position = /** @type {Position} */ (this.#positionOf());
    /** @type {(Left & Position) | null} */
    const visit = recall(`${this.#slug}:visit`, null);
    if (visit?.epoch === position.epoch && visit.seq > position.seq) { // an old copy of the page, as on the way back
      this.#left = visit;
      this.#postList.readUntil(visit.since);
      return;
    }
    this.remember();
    if (!visit || Date.now() - visit.at < LEAST) return;
    if (visit.epoch === position.epoch && visit.seq === position.seq) return;
    const { objects } = await patiently(() => changes(visit));
    this.#tell(visit, ofKind(objects ?? [], "post"));
  }

  // -- the digest

  /** @param {Left} left @param {Arrival[]} posts */
  #tell({ since, before }, posts) {
    const news = missed({ posts, since, before, categories: this.#categories.values() });
    if (!news.updates && !news.winners.length) return;
    const count = words.missed(countOf(news));
    write($("digest-count"), count);
    this.#list(news.winners);
    const first = $("digest-first");
    first.hidden = !news.first;
    if (news.first) {
      first.dataset.id = news.first;
      first.setAttribute("href", `${home}/posts/${news.first}`);
      this.#postList.divideAt(news.first);
    }
    $("digest").hidden = false;
    this.#say(`${words.away}: ${count}`);
  }

  /** @param {News[]} winners */
  #list(winners) {
    this.#shown = winners;
    $("digest-winners").replaceChildren(...winners.map(itemOf));
  }
}

/**
 * On the lines that lose readers, questions are lost too.
 * @param {() => Promise<CatchUp>} ask
 * @returns {Promise<CatchUp>}
 */
async function patiently(ask, tries = TRIES) {
  try {
    return await ask();
  } catch (error) {
    if (tries === 1) throw error;
    await new Promise((done) => { setTimeout(done, PAUSE); });
    return patiently(ask, tries - 1);
  }
}

/** @param {News} news */
function itemOf({ category, what }) {
  const item = element("li", "");
  item.append(element("a", isolated(category.name), { href: `#category-${category.id}` }), " ");
  if (hidesResultOf(category.id)) item.append(said("span", words.hidden, { class: "veiled" }));
  else {
    const names = namesOf(category);
    item.append(names ? element("strong", names) : said("strong", words.takenBack));
    if (what === "corrected") item.append(" ", said("em", words.correctedShort));
    if (what === "doubted") item.append(" ", said("em", words.doubtedShort));
  }
  return item;
}

function close() {
  $("digest").hidden = true;
}
