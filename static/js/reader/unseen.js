// Which updates of the live page are unseen: held back because the reader is not at the top. Pure: no elements.
//
// An unseen post is in the document, but hidden, or has passed on to an older page and is only counted. Its place in
// the night (1 for the oldest) says which: the document holds the newest page of what is unseen, and what was shown.
//
// A page from the start of the night takes what arrives at its end, where it moves nothing: none is held back. It ends
// with the last place that belongs to it, as the server would end it, and what comes after is only counted.

import { cutAt, PAGE } from "./paging.js";

/**
 * @typedef {{id: string, place: number, published_at: string}} Placed
 * @typedef {"replace" | "show" | "hold" | "pass"} Fate
 */

export class Unseen {
  /** The unseen posts' places by id. @type {Map<string, number>} */
  #ids = new Map();
  #readUntil = "";

  /**
   * @param {{cut: number, newest: number, newestAt: string | undefined}} page posts up to the place `cut` stand on
   *   older pages; the place and the time of the newest post
   * @param {boolean} [oldest] whether the page is one from the start
   */
  constructor({ cut, newest, newestAt }, oldest = false) {
    this.oldest = oldest;
    this.cut = cut;
    this.newest = newest;
    this.newestAt = newestAt;
  }

  /** How many posts are unseen. */
  get count() {
    return this.#ids.size;
  }

  /** The last place on this page. */
  get end() {
    return this.oldest ? this.cut + 2 * PAGE - 1 : Infinity;
  }

  /** The oldest unseen post's id. @returns {string | undefined} */
  get first() {
    return [...this.#ids].sort(([, one], [, two]) => one - two)[0]?.[0];
  }

  /** Whether a post is unseen, although it may stand in the list, below the screen. @param {string} id */
  has(id) {
    return this.#ids.has(id);
  }

  /** Of what is unseen, posts up to this place are not kept in the document. */
  get passedOn() {
    return cutAt(this.newest);
  }

  /**
   * What becomes of a post that came: it takes the place of what is `here`, is put in to be seen or held back, or
   * passes because it stands on an older page.
   * @param {Placed} post
   * @param {{here: boolean, pinned: boolean, away: boolean, top: number}} page whether the post is in the document,
   *   whether it is pinned, whether the reader is away from the top, and the place of the newest post that is shown
   * @returns {{fate: Fate, arrived: boolean}} `arrived`: it is newer than all, and not pinned
   */
  take(post, { here, pinned, away, top }) {
    const arrived = post.place > this.newest;
    if (arrived) [this.newest, this.newestAt] = [post.place, post.published_at];
    if (here) return { fate: "replace", arrived: false };
    if (arrived && post.published_at <= this.#readUntil) return { fate: "show", arrived: false };
    if (pinned) return { fate: "show", arrived: false };
    if (post.place <= this.cut) return { fate: "pass", arrived };
    if (arrived) this.#ids.set(post.id, post.place);
    if (post.place > this.end) return { fate: "pass", arrived };
    if (!away || this.oldest) return { fate: "show", arrived };
    if (post.place <= top) return { fate: "show", arrived };
    return { fate: this.#ids.has(post.id) ? "hold" : "pass", arrived };
  }

  /** The reader had seen all posts up to this time before the page was made. @param {string} time */
  readUntil(time) {
    this.#readUntil = time;
  }

  /** The post is seen, or gone. @param {string} id */
  drop(id) {
    this.#ids.delete(id);
  }

  /** The reader sees all that there is on this page. */
  clear() {
    for (const [id, place] of this.#ids) if (place <= this.end) this.#ids.delete(id);
  }

  /** The whole state came: these are all the posts there are. @param {Placed[]} posts */
  reset(posts) {
    const kept = new Set(posts.map((post) => post.id));
    for (const id of this.#ids.keys()) if (!kept.has(id)) this.#ids.delete(id);
    this.newest = Math.max(0, ...posts.map((post) => post.place));
    this.newestAt = posts.map((post) => post.published_at).sort().at(-1);
    this.cut = Math.min(this.cut, cutAt(this.newest));
  }

  /** Posts pass on to older pages, as the server would cut now. */
  trim() {
    this.cut = Math.max(this.cut, cutAt(this.newest));
  }
}
