// The bylines that this person used last, offered to be chosen again.

import { keep, recall } from "../reader/memory.js";
import { $, element } from "./dom.js";

const MOST = 12;

/** @param {string} who @returns `remember` takes one that was used; `last` is the one to begin with */
export function bylines(who) {
  const name = `bylines:${who}`;
  /** @returns {string[]} */
  const kept = () => recall(name, []);
  const known = () => [...new Set([...kept(), who])];
  const offer = () => $("#bylines").replaceChildren(...known().map((value) => element("option", { value })));

  function remember(/** @type {string} */ byline) {
    const used = [byline, ...kept().filter((one) => one !== byline)].filter(Boolean).slice(0, MOST);
    keep(name, used);
    offer();
  }

  offer();
  return { remember, last: known()[0] };
}
