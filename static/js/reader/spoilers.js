// Which updates speak of a result, for those who watch later. Pure. In doubt an update is hidden: one tap shows it.
// Only those who hide results fetch this, as a bundle of its own.

import { calledBy, names, read } from "./names.js";
import { decidedAt } from "./results.js";
import { winnersOf } from "./winners.js";

/**
 * @import { Times } from "./results.js"
 * @import { Category } from "./wire.d.ts"
 */

/**
 * @typedef {{type: string, category?: string, published_at: string, changed_at?: string, text: string}} SpoilerPost
 *   `changed_at` is when its text last changed
 */

/**
 * The categories with a result at that time.
 * @param {Iterable<Category>} categories
 * @param {string} at
 * @param {Times} [first]
 */
export const decidedBy = (categories, at, first) =>
  [...categories].filter((category) => (decidedAt(category, first) ?? "9") <= at);

/** Names that give a result away: the winners', or after a correction or a doubt all. @param {Category} category */
function tellingNames(category) {
  const known = category.corrections.length || category.doubt ? category.nominees : winnersOf(category);
  const was = category.corrections.flatMap((each) => each.was ?? []);
  return [...known.flatMap(calledBy), ...was.map((name) => ({ name, person: true }))];
}

/**
 * May this post tell who won? After the first result, only updates about a category still to come are free of doubt,
 * unless they name a winner. What counts is when the text last changed. Once a reader was `shown` a result, updates
 * about it are free as well, unless they name another winner.
 * @param {SpoilerPost} post
 * @param {Category[]} categories
 * @param {{first?: Times, shown?: (id: string) => boolean}} [known]
 */
export function spoils(post, categories, { first, shown = () => false } = {}) {
  const about = categories.find((category) => category.id === post.category);
  if (post.type === "result") return !about || !shown(about.id);
  const last = [post.published_at, post.changed_at ?? ""].sort().at(-1) || "9";
  const decided = decidedBy(categories, last, first);
  if (!decided.length) return false;
  if (!about || (decided.includes(about) && !shown(about.id))) return true; // may speak of any result, or of its own
  const text = read(post.text);
  const told = new Set(decided.filter(({ id }) => shown(id)).flatMap(tellingNames).map(({ name }) => name));
  const hidden = decided.filter(({ id }) => !shown(id)).flatMap(tellingNames);
  return hidden.some((called) => !told.has(called.name) && names(text, called));
}
