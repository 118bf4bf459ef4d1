// Which updates of the timeline are shown: by kind, and by what is searched for. Pure.

import { folded } from "./name_search.js";

/** @import { Post } from "./desk.d.ts" */

/** @typedef {"all" | "results" | "mine" | "key" | "retracted"} Kind */

/** What each kind is called. @type {Record<Kind, string>} */
export const KINDS = {
  all: "All updates", results: "Results", mine: "Mine", key: "Key moments", retracted: "Retracted",
};

/** @type {WeakMap<Post, string>} */
const known = new WeakMap();

/** What of an update can be searched for. @param {Post} post */
function words(post) {
  const pictures = (post.media ?? []).flatMap(({ alt, caption, credit }) => [alt, caption, credit]);
  const text = known.get(post) ?? folded([post.headline, post.body, post.byline, ...pictures].join(" "));
  known.set(post, text);
  return text;
}

/**
 * The updates that fit, in their order; every word of the query is somewhere in their text.
 * @param {Post[]} posts with those that were retracted
 * @param {{kind: Kind, query: string, isMine: (post: Post) => boolean}} wanted
 */
export function fitting(posts, { kind, query, isMine }) {
  const sought = folded(query).split(/\s+/).filter(Boolean);
  return posts.filter((post) => isOf(kind, post, isMine) && sought.every((word) => words(post).includes(word)));
}

/** @param {Kind} kind @param {Post} post @param {(post: Post) => boolean} isMine */
function isOf(kind, post, isMine) {
  if (kind === "all") return true;
  if (kind === "retracted") return Boolean(post.retracted);
  if (post.retracted) return false;
  if (kind === "results") return post.type === "result";
  return kind === "key" ? Boolean(post.key) || post.type === "result" : isMine(post);
}
