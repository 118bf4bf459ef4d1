// The parts of the screen where there is room for one at a time: a bar of tabs, which are links to the parts.

import { $, around } from "./dom.js";

/**
 * @param {HTMLElement} root its `data-part` says which part is in front
 * @param {HTMLElement} bar
 * @param {() => void} turned called when a part was brought forward
 * @returns brings a part forward where only one is shown
 */
export function screenTabs(root, bar, turned) {
  const links = /** @type {NodeListOf<HTMLElement>} */ (bar.querySelectorAll("a[data-part]"));

  /** @param {string} name */
  function bring(name) {
    root.dataset.part = name;
    for (const link of links) {
      if (link.dataset.part === name) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  const turnTo = (/** @type {string} */ name) => {
    bring(name);
    turned();
  };

  bar.addEventListener("click", (event) => {
    const link = /** @type {HTMLAnchorElement | null} */ (around(event, "a[data-part]"));
    if (!link) return;
    event.preventDefault();
    turnTo(link.dataset.part ?? "");
    scrollTo({ top: 0 });
    $(link.hash).focus({ preventScroll: true });
  });
  bring("write");
  return turnTo;
}
