// Markdown by keys: what a press makes of a text and its selection. Pure.
//
// Every function takes a text with its selection.

/** @import { Edit } from "./desk.d.ts" */

/**
 * Put `sign` around the selection, or take it away where it stands.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {string} sign
 * @returns {Edit}
 */
export function wrap(text, start, end, sign) {
  const chosen = text.slice(start, end);
  const n = sign.length;
  /** @param {number} at */
  const isSign = (at) => text.slice(at, at + n) === sign
    && !(n === 1 && (text[at - 1] === sign || text[at + n] === sign));
  if (chosen.length > 2 * n && chosen.startsWith(sign) && chosen.endsWith(sign)) {
    const bare = chosen.slice(n, -n);
    return { from: start, to: end, put: bare, select: [start, start + bare.length] };
  }
  if (start >= n && isSign(start - n) && isSign(end)) {
    return { from: start - n, to: end + n, put: chosen, select: [start - n, end - n] };
  }
  const line = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  if (!chosen && isSign(end) && line.split(sign).length % 2 === 0) { // at the end of what it is around: step out of it
    return { from: end, to: end, put: "", select: [end + n, end + n] };
  }
  // Blanks at the ends would keep Markdown from seeing the sign.
  const bare = chosen.trim();
  const before = chosen.slice(0, chosen.length - chosen.trimStart().length);
  const after = chosen.slice(before.length + bare.length);
  const at = start + before.length + n;
  return { from: start, to: end, put: `${before}${sign}${bare}${sign}${after}`, select: [at, at + bare.length] };
}

const ADDRESS = /^(https?:\/\/|www\.|mailto:)\S+$/i;

/** What the inserts below leave to be filled in. */
const OPEN = {
  label: "link text", address: "https://", title: "Title of the page", said: "What was said", speaker: "Who said it",
};

/** Where each of them stands in a text, and what to do about it. @type {[place: RegExp, words: string][]} */
const PLACES = [
  [new RegExp(`^> (${OPEN.said})[ \\t]*$`, "dm"), "Write what was said, or take the quotation out."],
  [new RegExp(`^> — (${OPEN.speaker})[ \\t]*$`, "dm"), "Write who said it, or take that line out."],
  [new RegExp(`\\[(${OPEN.title})\\]\\(`, "d"), "Write the title of the page."],
  [new RegExp(`\\[(${OPEN.label})\\]\\(`, "d"), "Write the words of the link."],
  [/\]\(\s*((?:https?:\/\/|mailto:)?)\s*\)/di, "Write the address of the link, or take the link out."],
];

/**
 * The first place of a text that an insert left to be filled in and nobody did: what to do, and what to select for it.
 * Undefined where nothing is missing.
 * @param {string} text
 * @returns {{words: string, select: [start: number, end: number]} | undefined}
 */
export function missing(text) {
  const found = PLACES.flatMap(([place, words]) => {
    const at = place.exec(text)?.indices?.[1];
    return at ? [{ words, select: at }] : [];
  });
  return found.sort((a, b) => a.select[0] - b.select[0])[0];
}

/**
 * A link: of a chosen address, or of chosen words; what is missing is selected to be typed over.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {string} address
 * @returns {Edit}
 */
export function link(text, start, end, address = "") {
  const chosen = text.slice(start, end);
  if (!address && ADDRESS.test(chosen.trim())) {
    return { from: start, to: end, put: `[${OPEN.label}](${chosen.trim()})`,
      select: [start + 1, start + 1 + OPEN.label.length] };
  }
  const label = chosen || OPEN.label;
  const to = address || OPEN.address;
  const put = `[${label}](${to})`;
  const place = start + label.length + 3;
  if (address) return { from: start, to: end, put, select: chosen ? [start + put.length, start + put.length]
    : [start + 1, start + 1 + label.length] };
  return { from: start, to: end, put, select: chosen ? [place, place + to.length]
    : [start + 1, start + 1 + label.length] };
}

/**
 * Begin each chosen line with `sign`, or take it away where all have it; "1. " counts.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {string} sign
 * @returns {Edit}
 */
export function lineStart(text, start, end, sign) {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const stop = text.indexOf("\n", end > start && text[end - 1] === "\n" ? end - 1 : end);
  const to = stop < 0 ? text.length : stop;
  const rows = text.slice(from, to).split("\n");
  const counted = sign === "1. ";
  /** @param {string} row */
  const has = (row) => (counted ? /^\d+\. /.test(row) : row.startsWith(sign));
  /** @param {string} row */
  const bare = (row) => (counted ? row.replace(/^\d+\. /, "") : row.slice(sign.length));
  const full = rows.filter((row) => row.trim());
  let n = 0;
  const made = full.length && full.every((row) => has(row))
    ? rows.map((row) => (has(row) ? bare(row) : row))
    : rows.map((row) => (row.trim() || rows.length === 1 ? (counted ? `${(n += 1)}. ` : sign) + row : row));
  const put = made.join("\n");
  const place = rows.length === 1 ? Math.max(from, end + put.length - (to - from)) : from + put.length;
  return { from, to, put, select: rows.length === 1 ? [place, place] : [from, place] };
}

/**
 * After Enter inside a list or quotation: go on with it, or end it on an empty item. Undefined where Enter is just
 * Enter.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @returns {Edit | undefined}
 */
export function newLine(text, start, end) {
  if (start !== end) return undefined;
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const found = text.slice(from, start).match(/^(\s*)([-*+] |> |(\d+)\. )(.*)$/);
  if (!found) return undefined;
  const [, indent, sign, number, rest] = found;
  if (!rest.trim()) return { from, to: start, put: "", select: [from, from] };
  const put = `\n${indent}${number ? `${Number(number) + 1}. ` : sign}`;
  return { from: start, to: end, put, select: [start + put.length, start + put.length] };
}

/**
 * A paragraph of its own in place of the selection; `first` and `last` bound what is selected in it.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {string} put
 * @param {[first: number, last: number]} bounds
 * @returns {Edit}
 */
function paragraph(text, start, end, put, [first, last]) {
  const before = text.slice(0, start);
  const gap = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const after = text.slice(end);
  const rest = !after || after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n";
  const at = start + gap.length;
  return { from: start, to: end, put: gap + put + rest, select: [at + first, at + last] };
}

/**
 * A titled link alone in its paragraph, which readers see as a card; what is missing is selected to be typed over.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
export function card(text, start, end) {
  const chosen = text.slice(start, end).trim();
  const isAddress = ADDRESS.test(chosen);
  const title = !chosen || isAddress ? OPEN.title : chosen;
  const address = isAddress ? chosen : OPEN.address;
  const place = chosen && !isAddress ? title.length + 3 : 1;
  return paragraph(text, start, end, `[${title}](${address})`,
    [place, place + (place === 1 ? title : address).length]);
}

/**
 * A quotation with its speaker; the selection becomes what was said.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
export function saying(text, start, end, who = OPEN.speaker) {
  const chosen = text.slice(start, end).trim();
  const said = (chosen || OPEN.said).split("\n").map((row) => `> ${row}`).join("\n");
  const put = `${said}\n> — ${who}`;
  return chosen ? paragraph(text, start, end, put, [put.length - who.length, put.length])
    : paragraph(text, start, end, put, [2, said.length]);
}

/**
 * Put a link in place of its bare address, where that is a line of its own. Undefined where there is none any more.
 * @param {string} text
 * @param {string} address
 * @param {string} markdown
 * @returns {Edit | undefined}
 */
export function titled(text, address, markdown) {
  let from = 0;
  for (const line of text.split("\n")) {
    if (line.trim() === address) {
      const start = from + line.indexOf(address);
      const end = start + markdown.length;
      return { from: start, to: start + address.length, put: markdown, select: [end, end] };
    }
    from += line.length + 1;
  }
  return undefined;
}
