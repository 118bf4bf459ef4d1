// Which updates speak of a result, for those who watch later. Pure. In doubt an update is hidden: one tap shows it.

import { winnersOf } from "./winners.js";

/** Since when a category's result was public: a correction tells that there was one before. */
function decidedAt(category) {
  const times = [category.announced_at, ...category.corrections.map((each) => each.at)].filter(Boolean);
  return times.length ? times.reduce((one, other) => (one < other ? one : other)) : null;
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Names that give a result away: the winners', or after a correction everybody's. */
function tellingNames(category) {
  const known = category.corrections.length ? category.nominees : winnersOf(category);
  return known.flatMap((each) => [each.name, each.film]);
}

/**
 * May this post tell who won? After the first result, only updates about a category still to come are free of doubt,
 * unless they name a winner.
 * @param post {type, category?, published_at, text}
 * @param categories as the API gives them
 */
export function spoils(post, categories) {
  if (post.type === "preview") return false;
  if (post.type === "result") return true;
  const decided = categories.filter((category) => decidedAt(category) && decidedAt(category) <= post.published_at);
  const about = categories.find((category) => category.id === post.category);
  if (decided.length && (!about || decided.includes(about))) return true; // may speak of any result, or of its own
  const text = plain(post.text);
  return decided.some((category) => tellingNames(category).some((name) => text.includes(plain(name))));
}

/** A row of the board has something to hide. */
export const tells = (category) => category.winners.length > 0 || category.corrections.length > 0;
