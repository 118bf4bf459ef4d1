// The parts of the screen where there is room for one at a time: a bar of tabs, which are links to the parts.

import { $, around } from "./dom.js";

/**
 * @param {HTMLElement} root its `data-part` says which part is in front
 * @param {HTMLElement} bar
 * @returns brings a part forward where only one is shown
 */
export function screenTabs(root, bar) {
  const links = /** @type {NodeListOf<HTMLElement>} */ (bar.querySelectorAll("a[data-part]"));

  /** @param {string} name */
  function turnTo(name) {
    root.dataset.part = name;
    for (const link of links) {
      if (link.dataset.part === name) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  bar.addEventListener("click", (event) => {
    const link = /** @type {HTMLAnchorElement | null} */ (around(event, "a[data-part]"));
    if (!link) return;
    event.preventDefault();
    turnTo(link.dataset.part ?? "");
    scrollTo({ top: 0 });
    $(link.hash).focus({ preventScroll: true });
  });
  turnTo("write");
  return turnTo;
}
