// The bylines that this person used last, offered to be chosen again.

import { $, element } from "./dom.js";

const MOST = 12;

/** @param {string} who @returns `remember` takes one that was used; `last` is the one to begin with */
export function bylines(who) {
  const key = `liveblog:bylines:${who}`;
  const kept = () => {
    try { return JSON.parse(localStorage.getItem(key) ?? "null") ?? []; } catch { return []; }
  };
  const known = () => [...new Set([...kept(), who])];
  const offer = () => $("#bylines").replaceChildren(...known().map((value) => element("option", { value })));

  function remember(/** @type {string} */ byline) {
    const used = [byline, ...kept().filter((one) => one !== byline)].filter(Boolean).slice(0, MOST);
    try { localStorage.setItem(key, JSON.stringify(used)); } catch { /* then it is typed again */ }
    offer();
  }

  offer();
  return { remember, last: known()[0] };
}
