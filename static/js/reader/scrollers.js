// Wide tables and lines of code can be scrolled by keyboard (WCAG 2.1.1): one that is wider than its room is a stop
// of it and says so.

import { all, part } from "./elements.js";
import { leave } from "./swap.js";
import { words } from "./words.js";

const STOP = { tabindex: "0", role: "group", "aria-label": words.sideways };

/** On what is there and on what will come. */
export function scrollersFrom() {
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => put(target)));
  const look = () => { for (const one of all(".body :is(.scroll, pre)")) sizes.observe(one); };
  new MutationObserver(look).observe(part(document, "main"), { subtree: true, childList: true });
  look();
}

/** @param {Element} one */
function put(one) {
  const wide = one.scrollWidth > one.clientWidth;
  leave(one);
  for (const [name, value] of Object.entries(STOP)) {
    if (wide) one.setAttribute(name, value);
    else one.removeAttribute(name);
  }
}
