// Whether a category has a result, and since when. Pure.

/** @import { Category } from "./wire.d.ts" */

/** @typedef {Record<string, string>} Times by category's id, RFC 3339 */

/**
 * Since when a category's result was public; undefined if it has none. A correction tells that there was one before,
 * and `first`, what is known of earlier results, tells when.
 * @param {Category} category
 * @param {Times} first
 */
export function decidedAt(category, first = {}) {
  const corrected = category.corrections.map((each) => each.at);
  const times = [category.announced_at, first[category.id], ...corrected].filter((at) => at !== undefined);
  return times.sort().at(0);
}

/** A row of the board has something to hide. @param {Category} category */
export const tells = (category) => category.winners.length > 0 || category.corrections.length > 0;
