// Names by `@` or `/`: the nominees, so that nobody mistypes one on the night. Pure.

import { beside, filmsOf, named } from "./state.js";

/** @import { Category } from "./desk.d.ts" */

const ASKED = /(^|[\s(“"'*_])([/@])((?:[\p{L}\p{N}'’.-]+(?: [\p{L}\p{N}'’.-]*){0,2})?)$/u;
const MOST = 8;

/**
 * @typedef {{label: string, hint: string, put: string}} Offer
 */

/**
 * The question before the caret; undefined when there is none.
 * @param {string} text
 * @param {number} caret
 */
export function question(text, caret) {
  const found = text.slice(Math.max(0, caret - 60), caret).match(ASKED);
  return found ? { from: caret - found[3].length - 1, sign: found[2], query: found[3] } : undefined;
}

/** A text for comparing: without accents and capitals. @param {string} text */
export const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Every word of the query begins a word of the text. @param {string} query @param {string} text */
function fits(query, text) {
  const there = folded(text).split(/[^\p{L}\p{N}]+/u);
  return folded(query).split(/[^\p{L}\p{N}]+/u).filter(Boolean)
    .every((word) => there.some((one) => one.startsWith(word)));
}

/**
 * What to offer for a query: the category on stage first, then the chosen one, then the others (only once something
 * was typed).
 * @param {string} query
 * @param {Category[]} categories
 * @param {string | null | undefined} chosen a category's id
 */
export function offers(query, categories, chosen) {
  /** @param {Category} category */
  const rank = (category) => (category.state === "on_stage" ? 0 : category.id === chosen ? 1 : 2);
  const order = [...categories].sort((a, b) => rank(a) - rank(b));
  const near = order.filter((category) => rank(category) < 2);
  /** @type {Map<string, Offer>} */
  const found = new Map();
  /** @param {string} label @param {string} hint @param {string} put */
  const add = (label, hint, put) => { if (!found.has(put)) found.set(put, { label, hint, put }); };
  for (const category of query || !near.length ? order : near) {
    for (const nominee of category.nominees) {
      const { name } = nominee;
      const { words } = beside(nominee);
      if (!fits(query, [name, ...words, category.name].join(" "))) continue;
      add(name, [...words, category.name].join(" · "), name === nominee.film ? `*${plain(name)}*` : plain(name));
    }
    if (!query) continue;
    for (const nominee of category.nominees) {
      for (const film of filmsOf(nominee)) if (fits(query, film)) add(film, "film", `*${plain(film)}*`);
      const { detail } = beside(nominee);
      if (fits(query, detail) && detail) add(detail, named(nominee), plain(detail));
    }
  }
  return [...found.values()].slice(0, MOST);
}

/** A name as Markdown that shows it as it is. @param {string} text */
const plain = (text) => text.replace(/([\\`*_[\]<>#])/g, "\\$1");
