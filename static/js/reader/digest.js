// What somebody missed. Pure.

import { winnersKey } from "./winners.js";

/**
 * @param posts the posts that came or changed meanwhile, tombstones too
 * @param since published_at of the newest post that was there before
 * @param before results by category as they were
 * @param categories as they are
 * @returns {updates, winners: [{category, what: won | corrected | withdrawn}], first}: `updates` without the results'
 *   own posts, `first` the id of the oldest new post or null
 */
export function missed({ posts, since, before, categories }) {
  const fresh = posts.filter((post) => !post.retracted && post.published_at > since);
  fresh.sort((a, b) => (a.published_at < b.published_at ? -1 : 1));
  const winners = [];
  for (const category of categories) {
    const [was, is] = [before[category.id] ?? "", winnersKey(category)];
    if (was !== is) winners.push({ category, what: was ? (is ? "corrected" : "withdrawn") : "won" });
  }
  return { updates: fresh.filter((post) => post.type !== "result").length, winners, first: fresh[0]?.id ?? null };
}
