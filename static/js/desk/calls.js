// What was done with a result, in words, for the call log and wherever a colleague's act is told. Pure.

import { called } from "./state.js";

/** @import { Call, Category } from "./desk.d.ts" */
/** @import { Correction } from "../reader/wire.d.ts" */

/**
 * "announced Mikey Madison". A recall corrects a result to its winners, or without any withdraws it.
 * @param {Pick<Call, "act"> & Partial<Pick<Call, "winners" | "was">>} call
 * @param {Category | undefined} category
 * @param {Record<string, string>} acts the acts' labels
 */
export function callInWords({ act, winners = [], was = [] }, category, acts) {
  const won = winners.map((id) => {
    const nominee = category?.nominees.find((one) => one.id === id);
    return category && nominee ? called(category, nominee) : id;
  });
  if (act === "recall" && won.length) return `${acts.correct} to ${won.join(" · ")}`;
  return `${acts[act] ?? act} ${(won.length ? won : was).join(" · ")}`.trim();
}

/**
 * What readers are told about a mistake; of a recalled result also whom it had named.
 * @param {Correction} correction
 */
export const correctionInWords = ({ note, was = [] }) =>
  (was.length ? `Earlier announced: ${was.join(" and ")}. ${note}` : note);
