// The strip of key moments: all of the night, also those whose posts stand on older pages.

import { $, children, parse, part } from "./elements.js";
import { swap } from "./swap.js";

/** @import { Post } from "./wire.d.ts" */

/** @param {HTMLElement} item */
const placeOf = (item) => [item.dataset.published, item.dataset.id].join();

export class Moments {
  #list = part($("moments"), "ol");

  /**
   * Bring the strip to what the posts say; the server makes an item for each that is a key moment.
   * @param {Post[]} posts
   * @param {boolean} reset
   */
  put(posts, reset) {
    const kept = new Set(posts.map((post) => post.id));
    if (reset) for (const item of children(this.#list)) if (!kept.has(item.dataset.id ?? "")) item.remove();
    posts.forEach((post) => this.#take(post));
    $("moments").hidden = this.#list.children.length === 0;
  }

  /** @param {Post} post */
  #take(post) {
    const items = children(this.#list);
    const old = items.find((item) => item.dataset.id === post.id);
    const made = post.moment ? parse(post.moment) : null;
    if (!made) old?.remove();
    else if (old) swap(old, made);
    else this.#list.insertBefore(made, items.find((item) => placeOf(item) < placeOf(made)) ?? null);
  }
}
