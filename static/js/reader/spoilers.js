// Which updates speak of a result, for those who watch later. Pure. In doubt an update is hidden: one tap shows it.

import { winnersOf } from "./winners.js";

/** @import { Category } from "./wire.d.ts" */

/**
 * @typedef {{type: string, category?: string, published_at: string, text: string}} SpoilerPost
 */

/**
 * Since when a category's result was public: a correction tells that there was one before.
 * @param {Category} category
 */
function decidedAt(category) {
  const corrected = category.corrections.map((each) => each.at);
  return [...(category.announced_at ? [category.announced_at] : []), ...corrected].sort().at(0);
}

/** @param {string} text */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Names that give a result away: the winners', or after a correction or a doubt all. @param {Category} category */
function tellingNames(category) {
  const known = category.corrections.length || category.doubt ? category.nominees : winnersOf(category);
  return known.flatMap((each) => [each.name, each.film]);
}

/**
 * May this post tell who won? After the first result, only updates about a category still to come are free of doubt,
 * unless they name a winner.
 * @param {SpoilerPost} post
 * @param {Category[]} categories
 */
export function spoils(post, categories) {
  if (post.type === "preview") return false;
  if (post.type === "result") return true;
  const decided = categories.filter((category) => (decidedAt(category) ?? "9") <= post.published_at);
  const about = categories.find((category) => category.id === post.category);
  if (decided.length && (!about || decided.includes(about))) return true; // may speak of any result, or of its own
  const text = plain(post.text);
  return decided.some((category) => tellingNames(category).some((name) => text.includes(plain(name))));
}

/** A row of the board has something to hide. @param {Category} category */
export const tells = (category) => category.winners.length > 0 || category.corrections.length > 0;
