// What is on stage, what was called last, and what comes next, from the categories in running order. Pure.

/** @import { Category } from "./desk.d.ts" */

/** @param {Category} category */
export const isDecided = ({ state }) => state === "announced" || state === "confirmed";

/** @param {Category[]} categories */
export const onStage = (categories) => categories.find(({ state }) => state === "on_stage");

/** The result that was called last, corrections included. @param {Category[]} categories */
export const lastCalled = (categories) => categories.filter(isDecided)
  .reduce((/** @type {Category | undefined} */ last, each) =>
    (last && (last.announced_at ?? "") >= (each.announced_at ?? "") ? last : each), undefined);

/**
 * The one to put on stage next: the first open one after those that had their turn, else the first that was left out.
 * @param {Category[]} categories
 */
export function nextUp(categories) {
  const last = categories.findLastIndex(({ state }) => state !== "upcoming");
  return categories.find(({ state }, n) => n > last && state === "upcoming")
    ?? categories.find(({ state }) => state === "upcoming");
}

/**
 * The rows, of two nominees each, that the stage has room for: at least three, for a result and what may be done with
 * it.
 * @param {Category | undefined} category
 */
export const rowsOfNominees = (category) =>
  (category && !isDecided(category) ? Math.max(3, Math.ceil(category.nominees.length / 2)) : 3);

/** How long ago something was: `2 min 10 s`, `1 h 5 min`. @param {number} ms */
export function ago(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
