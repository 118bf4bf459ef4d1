// The posts on the page: the list, newest or oldest first, and the pinned place. What arrives while somebody reads is
// held back, unless it comes at the end.
//
// The list is bounded, also while nobody scrolls: besides the posts that are shown, only the newest page of the unseen
// ones is in the document (unseen.js).

import { $, all, children, find, parse, part, place, placeOf, said } from "./elements.js";
import { home } from "./order.js";
import { PAGE } from "./paging.js";
import { setText, swap } from "./swap.js";
import { Unseen } from "./unseen.js";
import { words, write } from "./words.js";

/** @import { Blog, Post } from "./wire.d.ts" */

const AWAY = 120; // px of the list above the screen, from which on arrivals are held back

/** Folds to its headline where it is pinned: `is_long` of liveblog/web/render.py. @param {HTMLElement} article */
const isLong = (article) => article.classList.contains("long");
/** @param {string} id */
const articleOf = (id) => find(`post-${id}`);
/** @param {HTMLElement[]} articles */
const lastTime = (articles) => articles.map((article) => article.dataset.published ?? "").sort().at(-1);

/**
 * Where an element stands in the document, wherever it is drawn while it glides.
 * @param {HTMLElement} of
 * @returns {number} px
 */
function layoutTop(of) {
  const parent = /** @type {HTMLElement | null} */ (of.offsetParent);
  return of.offsetTop + (parent ? layoutTop(parent) : 0);
}

export class PostList {
  #list = $("posts");
  #oldest = $("live").dataset.oldest !== undefined; // a page from the start of the night
  #slots = ["pin", "pin-below"].map((id) => /** @type {HTMLDetailsElement} */ ($(id)));
  #unseen;
  /** Ids of what stands in the slots. @type {string[]} */
  #pinned;
  #fold = false; // a long pinned post waits to be folded until nobody reads it
  /** @type {string | null} */
  #first = null; // id of the first post that the reader missed

  constructor() {
    const cut = Number($("live").dataset.cut);
    const there = this.#articles();
    const newest = Math.max(cut, ...there.map(placeOf));
    this.#unseen = new Unseen({ cut, newest, newestAt: lastTime(there) }, this.#oldest);
    this.#pinned = this.#inSlots().map((article) => article.dataset.id ?? "");
  }

  // -- what stands where

  /** The newest post is in sight, or still to come: what arrives now moves nothing that somebody reads. */
  get atTop() {
    return !document.hidden && layoutTop(this.#list) - scrollY > -AWAY;
  }

  /** How many posts are unseen. */
  get unseen() {
    return this.#unseen.count;
  }

  get isEmpty() {
    return all("article", this.#list).length === 0;
  }

  /** When the newest post was published that the page heard of. */
  get newestAt() {
    return this.#unseen.newestAt;
  }

  /** The newest article of the page, shown or not. @returns {HTMLElement | undefined} */
  get newest() {
    return this.#articles().sort((one, two) => placeOf(two) - placeOf(one))[0];
  }

  /** When the newest post was published that the reader could see. */
  get seenAt() {
    return lastTime(this.#articles().filter(({ hidden, dataset }) => !hidden && !this.#unseen.has(dataset.id ?? "")));
  }

  #articles() {
    return [...this.#inSlots(), ...all("article", this.#list)];
  }

  #inSlots() {
    return this.#slots.flatMap((slot) => all("article", slot));
  }

  #held() {
    return all("article[hidden]", this.#list);
  }

  #topShown() {
    return Math.max(this.#unseen.cut, ...all("article:not([hidden])", this.#list).map(placeOf));
  }

  // -- putting posts in

  /**
   * Bring the posts to what the objects say, in the blog as it is now.
   * @param {Post[]} posts
   * @param {Blog} blog
   * @param {boolean} reset
   * @param {boolean} top whether the reader was at the top before the change
   * @returns {number} how many have just arrived
   */
  put(posts, blog, reset, top) {
    if (reset) this.#reset(posts);
    this.#pinned = [blog.pinned, blog.pinned_below].filter((id) => id !== undefined);
    const alone = this.isEmpty;
    const arrived = posts.filter((post) => this.#take(post, !top)).length;
    this.#putPins(blog.status === "preview");
    if (alone && !this.isEmpty) this.fold();
    for (const article of this.#held()) if (placeOf(article) <= this.#unseen.passedOn) article.remove();
    this.settle(top);
    this.divideAt(this.#first);
    return arrived;
  }

  /** @param {Post[]} posts */
  #reset(posts) {
    const there = posts.filter((post) => !post.retracted);
    const kept = new Set(there.map((post) => post.id));
    for (const article of this.#articles()) if (!kept.has(article.dataset.id ?? "")) article.remove();
    this.#unseen.reset(there.map((post) => ({ ...post, place: placeOf(parse(post.html)) })));
  }

  /**
   * One post: taken away, replaced, or put in.
   * @param {Post} post
   * @param {boolean} away
   * @returns {boolean} whether it has just arrived
   */
  #take(post, away) {
    const old = articleOf(post.id);
    if (post.retracted) {
      this.#unseen.drop(post.id);
      old?.remove();
      return false;
    }
    const made = parse(post.html);
    const pinned = this.#pinned.includes(post.id);
    const page = { here: Boolean(old), pinned, away, top: this.#topShown() };
    const { fate, arrived } = this.#unseen.take({ ...post, place: placeOf(made) }, page);
    if (old) {
      made.hidden = old.hidden;
      swap(old, made);
    } else if (fate !== "pass") {
      this.#show(made, fate === "show");
      this.#insert(made);
    }
    return arrived;
  }

  /** @param {HTMLElement} article */
  #show(article, yes = true) {
    article.hidden = !yes;
    article.classList.toggle("arrived", yes);
  }

  /** Into the list, in its order. @param {HTMLElement} made */
  #insert(made) {
    const way = this.#oldest ? -1 : 1;
    const after = children(this.#list).find((other) => way * placeOf(other) < way * placeOf(made));
    place(this.#list, made, after ?? null);
  }

  /** The pinned places; until the show or the first update a long post lies open. @param {boolean} before the show */
  #putPins(before) {
    for (const article of this.#inSlots()) {
      if (this.#pinned.includes(article.dataset.id ?? "")) continue;
      if (placeOf(article) > this.#unseen.cut && placeOf(article) <= this.#unseen.end) this.#insert(article);
      else article.remove();
    }
    const next = this.#pinned.map(articleOf).filter((article) => article !== null);
    this.#slots.forEach((slot, n) => this.#putPin(slot, next[n], before && this.isEmpty));
  }

  /** @param {HTMLDetailsElement} slot @param {HTMLElement | undefined} next @param {boolean} open */
  #putPin(slot, next, open) {
    if (next && next.parentElement !== slot) {
      next.hidden = false;
      this.#unseen.drop(next.dataset.id ?? "");
      place(slot, next, null);
      slot.open = open || !isLong(next);
    }
    if (!next) slot.open = true;
    slot.hidden = !next;
    slot.classList.toggle("long", next !== undefined && isLong(next));
    write(part(slot, ".pin-kicker"), next?.classList.contains("preview") ? words.preview : words.pinned);
    setText(part(slot, ".pin-title"), next?.querySelector("h2:not(.unseen, .veil *)")?.textContent ?? "");
  }

  /** The page is an old copy: posts up to this time are not new to its reader. @param {string} time */
  readUntil(time) {
    this.#unseen.readUntil(time);
  }

  /** What is pinned makes room for the updates, once that moves nothing under a reader's eyes. */
  fold() {
    this.#fold = true;
  }

  // -- keeping the page as the server would make it now

  /** While the reader is at the top: show what was held back, let the oldest go to their page, fold what is pinned. */
  settle(top = this.atTop) {
    document.documentElement.classList.toggle("at-top", top);
    if ((top || this.#oldest) && this.#inSight) this.#unseen.clear();
    if (top) {
      for (const article of this.#held()) this.#show(article);
      this.#foldPins();
    }
    if (this.#oldest) this.#putLater();
    else if (top) this.#trim();
  }

  /** The newest post is on the screen, or about to be. */
  get #inSight() {
    const end = layoutTop(this.#list) + (this.#oldest ? this.#list.offsetHeight - AWAY : 0);
    return !document.hidden && end < scrollY + innerHeight;
  }

  #foldPins() {
    if (!this.#fold || this.#slots.some((slot) => layoutTop(slot) < scrollY)) return;
    for (const slot of this.#slots) if (slot.classList.contains("long")) slot.open = false;
    this.#fold = false;
  }

  /** The page is full: the night goes on at an address that the server has now. */
  #putLater() {
    const { cut, end, newest } = this.#unseen;
    $("later").hidden = newest <= end;
    part($("later"), "a").setAttribute("href", newest <= end ? "#later" : `${home}/start/${cut / PAGE + 2}`);
  }

  #trim() {
    this.#unseen.trim();
    const { cut } = this.#unseen;
    for (const article of children(this.#list)) if (placeOf(article) <= cut) article.remove();
    const pages = cut / PAGE;
    $("older").hidden = pages === 0;
    if (pages) part($("older"), "a").setAttribute("href", `${home}/pages/${pages}`);
  }

  /**
   * Show what was held back. A page from the start leads to the first unseen post, also on the next page.
   * @returns {HTMLElement | null | undefined} the post to go to
   */
  reveal() {
    if (this.#oldest) return this.#firstUnseen();
    const held = this.#held();
    const gap = this.#unseen.passedOn >= this.#topShown(); // what was read stands on an older page, and more between
    for (const article of held) article.hidden = false;
    this.#unseen.clear();
    if (gap) this.#trim();
    return all("article", this.#list)[0];
  }

  #firstUnseen() {
    const id = this.#unseen.first ?? "";
    const article = articleOf(id);
    this.#unseen.clear();
    if (!article) location.assign(`${part($("later"), "a").getAttribute("href")}#post-${id}`);
    return article;
  }

  /** Go to a post and put the keyboard there. @param {string} id @returns {boolean} false if it is not on this page */
  reach(id) {
    const article = articleOf(id);
    if (!article) return false;
    if (article.hidden) this.reveal();
    const fold = article.closest("details");
    if (fold) fold.open = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    article.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
    (all(".veil h2", article)[0] ?? part(article, "h2")).focus({ preventScroll: true });
    return true;
  }

  /** Put a divider at the first post that the reader missed: from it on all is new. @param {string | null} id */
  divideAt(id) {
    this.#first = id;
    const article = id ? articleOf(id) : null;
    for (const divider of all(".since")) if (divider.parentElement !== article) divider.remove();
    if (!article || article.querySelector(".since")) return;
    article[this.#oldest ? "prepend" : "append"](said("p", words.newSince, { class: "since" }));
  }
}
