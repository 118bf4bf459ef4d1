// What a reader missed. Pure.

import { winnersKey } from "./winners.js";

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
    const [was, is] = [before[category.id] ?? "", winnersKey(category)];
    if (was !== is) winners.push({ category, what: was ? (is ? "corrected" : "withdrawn") : "won" });
  }
  return { updates: fresh.filter((post) => post.type !== "result").length, winners, first: fresh[0]?.id ?? null };
}
