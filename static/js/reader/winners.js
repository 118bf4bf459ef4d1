// Who won a category, and whether that has changed. Pure.

import { isolated } from "./words.js";

/** @import { Category } from "./wire.d.ts" */

/** @param {Category} category */
export const winnersOf = (category) => category.nominees.filter((nominee) => category.winners.includes(nominee.id));

/** The winners' names as one text; empty while there are none. @param {Category} category */
export const namesOf = (category) => winnersOf(category).map((winner) => isolated(winner.name)).join(", ");

/** Equal for equal winners; empty while there are none. @param {Category} category */
export const winnersKey = (category) => category.winners.join();

const RECENT = 3;

/**
 * The ids of the categories that were decided last; the same rule as in liveblog/timeline.py.
 * @param {Iterable<Category>} categories in running order
 */
export function recentResults(categories) {
  const decided = [...categories].filter((each) => each.winners.length);
  decided.sort((one, two) => compare(one.announced_at ?? "", two.announced_at ?? ""));
  return new Set(decided.slice(-RECENT).map((each) => each.id));
}

/** @param {string} one @param {string} two */
const compare = (one, two) => Number(one > two) - Number(one < two);

const DOUBT = "?"; // no id contains it

/** Equal for equal results: the winners, and whether they are in doubt. @param {Category} category */
export const resultKey = (category) => winnersKey(category) + (category.doubt ? DOUBT : "");

/** The winners of such a key, in doubt or not. @param {string} result */
export const winnersIn = (result) => result.replace(DOUBT, "");

/** The results by category. @param {Iterable<Category>} categories @returns {Record<string, string>} */
export const resultsOf = (categories) =>
  Object.fromEntries([...categories].map((each) => [each.id, resultKey(each)]));
