// Replaces an element without disturbing the reader: the keyboard, an opened part and a player stay as they are.

import { all } from "./elements.js";
import { mend } from "./embeds.js";

/** @param {HTMLElement} root */
const stops = (root) => all("a[href], summary, button, [tabindex]", root);

/**
 * Put `made` where `old` stands. A keyboard inside stays where it was; an opened part stays open, a player goes on.
 * @param {HTMLElement} old
 * @param {HTMLElement} made
 */
export function swap(old, made) {
  if (mend(old, made)) return;
  const at = stops(old).findIndex((stop) => stop === document.activeElement);
  const open = old.querySelector("details")?.open;
  const fold = made.querySelector("details");
  if (fold && open) fold.open = true;
  old.replaceWith(made);
  if (at >= 0) (stops(made)[at] ?? stops(made)[0])?.focus({ preventScroll: true });
}
