// The line that names the latest update, where the updates themselves may be out of sight.

import { $, all, parse, part } from "./elements.js";
import { categoryOf } from "./kicker.js";
import { home } from "./order.js";

/** @import { Post } from "./wire.d.ts" */

const OPENING = 200; // characters, as in liveblog/web/render.py

export class Latest {
  #line = $("latest");

  /**
   * @param {Post[]} posts that came
   * @param {HTMLElement | undefined} newest the newest article of the page
   */
  put(posts, newest) {
    const { dataset } = this.#line;
    if (posts.some((post) => post.id === dataset.id && post.retracted)) this.#show(newest);
    for (const post of posts) {
      const newer = post.id === dataset.id || post.published_at > (dataset.published ?? "");
      if (newer && !post.retracted) this.#show(parse(post.html));
    }
  }

  /** When it was published; empty while there is none. */
  get publishedAt() {
    return this.#line.hidden ? "" : this.#line.dataset.published ?? "";
  }

  /** @param {HTMLElement | undefined} article */
  #show(article) {
    for (const veil of all(".veiled", this.#line)) veil.remove(); // of another update
    this.#line.hidden = !article;
    if (!article) return;
    const { id = "", published = "" } = article.dataset;
    const category = categoryOf(article);
    Object.assign(this.#line.dataset, { id, published });
    if (category) this.#line.dataset.category = category;
    else delete this.#line.dataset.category;
    const link = part(this.#line, "a");
    link.setAttribute("href", `${home}/posts/${id}`);
    link.dataset.post = id;
    part(this.#line, "time").setAttribute("datetime", published);
    part(this.#line, ".gist").textContent = opening(article);
  }
}

/** Its headline, else its first words; those of a card only if it has no others. @param {HTMLElement} article */
function opening(article) {
  const heading = part(article, "h2:not(.veil *)");
  const blocks = heading.matches(".unseen") ? all(".body > :not(.pictures)", article) : [];
  const block = blocks.find((one) => !one.matches(".card")) ?? blocks[0];
  const words = block?.matches(".card") ? titleOf(block) : (block ?? heading).textContent ?? "";
  return [...words.trim().replace(/\s+/g, " ")].slice(0, OPENING).join("");
}

/** A card's title, or the site's name if it has none. @param {HTMLElement} card */
function titleOf(card) {
  const title = part(card, ".what").textContent ?? "";
  const untitled = card.querySelector("a")?.getAttribute("href")?.includes(title.replace(/…$/, ""));
  return (untitled ? part(card, ".where").textContent : title) ?? "";
}
