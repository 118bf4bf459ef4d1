// What stands about the whole night: the tallies, the date, who won. The server makes it anew with each change of them.

import { find, parseAll } from "./elements.js";
import { swap } from "./swap.js";

/** Put each part in, wherever this page has it. @param {string} [html] a message's `tally` */
export function putWhole(html = "") {
  for (const made of parseAll(html)) {
    const old = find(made.id);
    if (old) swap(old, made);
  }
}
