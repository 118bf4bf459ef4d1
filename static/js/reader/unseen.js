// Which updates of the live page are unseen: held back because the reader is not at the top. Pure: no elements.
//
// An unseen post is in the document, but hidden, or has passed on to an older page and is only counted. Its place in
// the night (1 for the oldest) says which: the document holds the newest page of what is unseen, and what was shown.

import { cutAt } from "./paging.js";

/**
 * @typedef {{id: string, place: number, published_at: string}} Placed
 * @typedef {"replace" | "show" | "hold" | "pass"} Fate
 */

export class Unseen {
  /** @type {Set<string>} */
  #ids = new Set();
  #readUntil = "";

  /**
   * @param {{cut: number, newest: number, newestAt: string | undefined}} page posts up to the place `cut` stand on
   *   older pages; the place and the time of the newest post
   */
  constructor({ cut, newest, newestAt }) {
    this.cut = cut;
    this.newest = newest;
    this.newestAt = newestAt;
  }

  /** How many posts are unseen. */
  get count() {
    return this.#ids.size;
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
    if (arrived) this.#ids.add(post.id);
    if (!away) return { fate: "show", arrived };
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

  /** The reader sees all that there is. */
  clear() {
    this.#ids.clear();
  }

  /** The whole state came: these are all the posts there are. @param {Placed[]} posts */
  reset(posts) {
    const kept = new Set(posts.map((post) => post.id));
    for (const id of this.#ids) if (!kept.has(id)) this.#ids.delete(id);
    this.newest = Math.max(0, ...posts.map((post) => post.place));
    this.newestAt = posts.map((post) => post.published_at).sort().at(-1);
    this.cut = Math.min(this.cut, cutAt(this.newest));
  }

  /** Posts pass on to older pages, as the server would cut now. */
  trim() {
    this.cut = Math.max(this.cut, cutAt(this.newest));
  }
}
