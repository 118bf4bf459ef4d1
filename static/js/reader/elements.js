// Small things about the page's elements.

import { mend } from "./embeds.js";

/** An element that the page is sure to have. */
export const $ = (id) => document.getElementById(id);

/** An element that some pages have; null on the others. */
export const find = (id) => document.getElementById(id);

export function parseAll(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // made by our own server from sanitised Markdown
  return [...template.content.children];
}

export const parse = (html) => parseAll(html)[0];

export function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const stops = (root) => [...root.querySelectorAll("a[href], summary, button, [tabindex]")];

/** Put `made` where `old` stands. A keyboard inside stays where it was; an opened part stays open, a player goes on. */
export function swap(old, made) {
  if (mend(old, made)) return;
  const at = stops(old).indexOf(document.activeElement);
  const open = old.querySelector("details")?.open;
  const part = made.querySelector("details");
  if (part && open) part.open = true;
  old.replaceWith(made);
  if (at >= 0) (stops(made)[at] ?? stops(made)[0])?.focus({ preventScroll: true });
}
