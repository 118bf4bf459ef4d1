// Small things about the page's elements.

import { write } from "./words.js";

/** An element that the page is sure to have. @param {string} id */
export const $ = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** An element that some pages have; null on the others. @param {string} id */
export const find = (id) => document.getElementById(id);

/** What a selector finds. @param {string} selector @param {ParentNode} within */
export const all = (selector, within = document) =>
  /** @type {HTMLElement[]} */ ([...within.querySelectorAll(selector)]);

/** A part that an element is sure to have. @param {ParentNode} of @param {string} selector */
export const part = (of, selector) => /** @type {HTMLElement} */ (of.querySelector(selector));

/** @param {ParentNode} of */
export const children = (of) => /** @type {HTMLElement[]} */ ([...of.children]);

/** The nearest element around what was clicked, or null. @param {Event} event @param {string} selector */
export const around = (event, selector) =>
  /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(selector));

/** Whether a click asks for something here, not in another tab or window. @param {MouseEvent} event */
export const opensHere = ({ button, metaKey, ctrlKey, shiftKey, altKey }) =>
  button === 0 && !metaKey && !ctrlKey && !shiftKey && !altKey;

/** A post's place in the night, from 1 for the oldest. @param {HTMLElement} article */
export const placeOf = (article) => Number(article.dataset.place);

/** The elements that markup makes. @param {string} html */
export function parseAll(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // made by our own server from sanitised Markdown
  return children(template.content);
}

/** @param {string} html */
export const parse = (html) => parseAll(html)[0];

/**
 * @param {string} tag
 * @param {string} text
 * @param {Record<string, string>} attributes
 */
export function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/**
 * An element with words of ours.
 * @param {string} tag
 * @param {string} text
 * @param {Record<string, string>} attributes
 */
export function said(tag, text, attributes = {}) {
  const made = element(tag, "", attributes);
  write(made, text);
  return made;
}

/**
 * Put the keyboard on an element, also on one that it cannot reach by itself. The page does not scroll.
 * @param {HTMLElement} element
 */
export function focusOn(element) {
  if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) {
    element.setAttribute("tabindex", "-1");
    element.addEventListener("blur", () => element.removeAttribute("tabindex"), { once: true });
  }
  element.focus({ preventScroll: true });
}

/**
 * Put an element before another one, or last. A player inside goes on where the browser can move it.
 * @param {HTMLElement} parent
 * @param {HTMLElement} element
 * @param {Element | null} before
 */
export function place(parent, element, before) {
  if (element.isConnected && "moveBefore" in parent) /** @type {any} */ (parent).moveBefore(element, before);
  else parent.insertBefore(element, before);
}
