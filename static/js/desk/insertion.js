// Where a text goes that arrives a moment after it was asked for: at the place that was meant, also if the editor typed
// on. Pure.

/** @import { Edit } from "./desk.d.ts" */

/**
 * @typedef {[from: number, to: number]} Range
 */

/**
 * A range of a text in the text that it has become. What was typed at the range's place stands after it.
 * @param {Range} range
 * @param {string} before
 * @param {string} after
 * @returns {Range}
 */
export function carried([from, to], before, after) {
  const most = Math.min(before.length, after.length);
  let same = 0;
  while (same < most && before[same] === after[same]) same += 1;
  let end = 0;
  while (end < most - same && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const last = before.length - end;
  const shift = after.length - before.length;
  const start = from <= same ? from : from >= last ? from + shift : same;
  const stop = to <= same ? to : to > last || same === last ? to + shift : same;
  return [start, Math.max(start, stop)];
}

const BLOCK = /^(#{1,6} |[-*+] |\d{1,9}[.)] |> |\||```|---$)/;
const ADDRESS = /^https?:\/\/\S+$/;

/**
 * Put Markdown in place of a range. A block, and an address that is to be a card, gets lines of its own.
 * @param {string} text
 * @param {Range} range
 * @param {string} markdown
 * @returns {Edit}
 */
export function insertion(text, [from, to], markdown) {
  const rows = markdown.split("\n");
  const apart = (/** @type {string} */ row) => BLOCK.test(row) || ADDRESS.test(row);
  const before = text.slice(0, from);
  const after = text.slice(to);
  const open = apart(rows[0]) && before.trim() ? gap(before.match(/\n*$/)) : "";
  const last = markdown.split("\n\n").at(-1) ?? "";
  const close = last.split("\n").some(apart) && after.trim() ? gap(after.match(/^\n*/)) : "";
  const put = open + markdown + close;
  const at = from + open.length + markdown.length;
  return { from, to, put, select: [at, at] };
}

/** What is missing to an empty line. @param {RegExpMatchArray | null} there */
const gap = (there) => "\n".repeat(Math.max(0, 2 - (there?.[0].length ?? 0)));
