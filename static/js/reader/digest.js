// What a reader missed. Pure.

import { resultKey, winnersIn, winnersKey } from "./winners.js";

/** @import { Category, News, Post } from "./wire.d.ts" */

/**
 * @typedef {Pick<Post, "id" | "published_at" | "type" | "retracted">} Arrival
 */

/**
 * @param {object} night
 * @param {Arrival[]} night.posts the posts that came or changed meanwhile, tombstones too
 * @param {string} night.since `published_at` of the newest post that was there before
 * @param {Record<string, string>} night.before results by category as they were
 * @param {Iterable<Category>} night.categories as they are
 * @returns {{updates: number, winners: News[], first: string | null}} `updates` without the results' own posts, `first`
 *   the id of the oldest new post
 */
export function missed({ posts, since, before, categories }) {
  const fresh = posts.filter((post) => !post.retracted && post.published_at > since);
  fresh.sort((a, b) => (a.published_at < b.published_at ? -1 : 1));
  /** @type {News[]} */
  const winners = [];
  for (const category of categories) {
    const was = before[category.id] ?? "";
    if (was !== resultKey(category)) winners.push({ category, what: becameOf(winnersIn(was), category) });
  }
  return { updates: fresh.filter((post) => post.type !== "result").length, winners, first: fresh[0]?.id ?? null };
}

/**
 * What a result has become that was there with these winners.
 * @param {string} was
 * @param {Category} category
 * @returns {News["what"]}
 */
function becameOf(was, category) {
  const is = winnersKey(category);
  if (!is) return "withdrawn";
  if (category.doubt) return "doubted";
  return was && was !== is ? "corrected" : "won";
}

/**
 * How much of it there is: a result in doubt is no winner.
 * @param {{updates: number, winners: News[]}} news
 */
export function countOf({ updates, winners }) {
  const doubts = winners.filter(({ what }) => what === "doubted").length;
  return { winners: winners.length - doubts, doubts, updates };
}
