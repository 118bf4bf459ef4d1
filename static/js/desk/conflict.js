// Two versions of one text: what differs, and what both changed against the version they began from. Pure.

import { diffArrays } from "../../vendor/diff/array.js";
import { diff3Merge } from "../../vendor/node-diff3/diff3.js";
import { alike, emptyOf, FIELDS, hasParagraphs } from "./text.js";

/** @import { Edited, Text } from "./desk.d.ts" */

const MOST_EDITS = 1000; // words that may differ; beyond, lines are compared
// equal lines of two texts, each with each; beyond, a merge takes seconds: it clashes instead
const MOST_PAIRS = 250_000;

/**
 * @typedef {{kind: "same" | "gone" | "new", text: string}} Run
 */

/** Words, signs and blanks; joined they are the text again. @param {string} text @returns {string[]} */
const words = (text) => text.match(/[\p{L}\p{N}'’]+|[^\p{L}\p{N}\s]|\s+/gu) ?? [];

/** @param {string} text */
const lines = (text) => text.split(/(?<=\n)/).filter(Boolean);

/** Runs of parts, or undefined where too little is alike. @param {string[]} before @param {string[]} after */
function compared(before, after) {
  return diffArrays(before, after, { maxEditLength: MOST_EDITS });
}

/** @param {string} before @param {string} after @returns {Run[]} */
function whole(before, after) {
  return [{ kind: /** @type {const} */ ("gone"), text: before }, { kind: /** @type {const} */ ("new"), text: after }]
    .filter((run) => run.text);
}

/**
 * What turns `before` into `after`, word by word; line by line, or as a whole, where little is alike.
 * @param {string} before
 * @param {string} after
 * @returns {Run[]}
 */
export function difference(before, after) {
  const found = compared(words(before), words(after)) ?? compared(lines(before), lines(after));
  if (!found) return whole(before, after);
  /** @type {Run[]} */
  const runs = [];
  for (const { value, added, removed } of found) {
    if (added || removed) extend(runs, removed ? "gone" : "new", value.join(""));
    else runs.push({ kind: "same", text: value.join("") });
  }
  return runs;
}

/**
 * Add to the change at the end of `runs`. Blanks that both have between two changes belong to them.
 * @param {Run[]} runs
 * @param {"gone" | "new"} kind
 * @param {string} text
 */
function extend(runs, kind, text) {
  const between = runs.at(-1);
  if (runs.length > 1 && between?.kind === "same" && /^[^\S\n]+$/.test(between.text)) {
    runs.pop();
    extend(runs, "gone", between.text);
    extend(runs, "new", between.text);
  }
  const from = runs.findLastIndex((run) => run.kind === "same") + 1;
  const last = runs.slice(from).find((run) => run.kind === kind);
  if (last) last.text += text;
  else runs.splice(kind === "gone" ? from : runs.length, 0, { kind, text });
}

/**
 * How many lines of one text are equal to one of the other, each counted with each.
 * @param {string[]} one
 * @param {string[]} other
 */
function pairs(one, other) {
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const line of other) times.set(line, (times.get(line) ?? 0) + 1);
  return one.reduce((sum, line) => sum + (times.get(line) ?? 0), 0);
}

/**
 * Both changes to a text, or null where they touch the same lines.
 * @param {string} base
 * @param {string} mine
 * @param {string} theirs
 */
export function mergeText(base, mine, theirs) {
  const [o, a, b] = [base, mine, theirs].map(lines);
  if (Math.max(pairs(a, o), pairs(b, o)) > MOST_PAIRS) return null;
  const regions = diff3Merge(a, o, b);
  return regions.every((region) => region.ok) ? regions.flatMap((region) => region.ok).join("") : null;
}

/**
 * Three versions of an object's fields, of those that `mine` names.
 * @param {Text} base
 * @param {Text} mine
 * @param {Text} theirs
 * @returns `clashes` names the fields that both changed to something else; `merged` has both changes, or is null with
 *   clashes
 */
export function merge(base, mine, theirs) {
  const names = FIELDS.filter((name) => name in mine);
  const both = new Map(names.map((name) => [name, mergeField(name, base, mine, theirs)]));
  const clashes = names.filter((name) => both.get(name) === undefined);
  return { merged: clashes.length ? null : /** @type {Text} */ (Object.fromEntries(both)), clashes };
}

/**
 * A field with both changes; undefined where they clash.
 * @param {keyof Text} name
 * @param {Text} base
 * @param {Text} mine
 * @param {Text} theirs
 */
function mergeField(name, base, mine, theirs) {
  /** @param {Text} text */
  const of = (text) => text[name] ?? emptyOf(name);
  if (alike(name, mine, base)) return of(theirs);
  if (alike(name, theirs, base) || alike(name, mine, theirs)) return of(mine);
  return hasParagraphs(name) ? mergeText(of(base), of(mine), of(theirs)) ?? undefined : undefined;
}

/**
 * The fields in which two versions differ.
 * @param {Text} a
 * @param {Text} b
 */
export const differing = (a, b) => FIELDS.filter((name) => !alike(name, a, b) && (name in a || name in b));

/** Whether two edits are of the same thing and say the same. @param {Edited} one @param {Edited} other */
export const sameEdit = (one, other) =>
  one.target?.id === other.target?.id && !differing(one.text, other.text).length;
