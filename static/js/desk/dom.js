// Making and replacing the page's elements.

import { arm } from "./arming.js";

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} attributes `onclick` and the like listen
 * @param {(Node | string | null | undefined | false)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) made.append(child);
  return made;
}

/**
 * @param {string | (Node | string)[]} label
 * @param {(event: MouseEvent) => void} act
 * @param {string} [kind] classes
 */
export const button = (label, act, kind) =>
  element("button", { type: "button", class: kind, onclick: act }, ...[label].flat());

/** A button for what readers see at once. @type {typeof button} */
export const publicly = (label, act, kind) => arm(button(label, act, kind));

/** @param {string} selector @returns {any} an element that the page is sure to have */
export const $ = (selector) => document.querySelector(selector);

/** A line for what went wrong, to be filled by `say`. */
export const problemLine = () => element("p", { class: "problem", role: "alert", hidden: true });

export function say(line, text) {
  line.textContent = text;
  line.hidden = !text;
}

/**
 * Bring a list to `rows` of [ref, version, make]. A row whose version is the same stays as it is, so that nobody
 * presses a button that is just being replaced. The keyboard stays in its row: on the same button, or on the row's
 * heading where that has gone or the row is in another state. What the next press would do there is then another thing.
 */
export function fill(list, rows) {
  const had = new Map(elements(list).map((item) => [item.dataset.ref, item]));
  const at = document.activeElement;
  const row = /** @type {HTMLElement | null | undefined} */ (at?.closest("[data-ref]"));
  const ref = list.contains(at) ? row?.dataset.ref : undefined;
  const state = row?.dataset.state;
  const items = rows.map(([name, version, make]) => {
    const old = had.get(name);
    if (old?.dataset.version === String(version)) return old;
    const made = make();
    Object.assign(made.dataset, { ref: name, version });
    return made;
  });
  if (items.length !== list.children.length || items.some((item, n) => item !== list.children[n])) put(list, items);
  if (ref !== undefined && document.activeElement !== at) focusAgain(list, ref, state, at?.textContent);
}

/** @returns {HTMLElement[]} */
const elements = (list) => [...list.children];

/** Without taking out what stays: an element that leaves the page loses the keyboard. */
function put(list, items) {
  const kept = new Set(items);
  for (const item of [...list.children]) if (!kept.has(item)) item.remove();
  items.forEach((item, n) => { if (list.children[n] !== item) list.insertBefore(item, list.children[n] ?? null); });
}

function focusAgain(list, ref, state, label) {
  const row = elements(list).find((item) => item.dataset.ref === ref);
  const same = row && row.dataset.state === state
    && [...row.querySelectorAll("button")].find((one) => one.textContent === label);
  if (same) same.focus({ preventScroll: true });
  else focusHeading(row ?? list.parentElement);
}

/**
 * Give the keyboard to the heading of a row or part, where pressing a key does nothing.
 * @param {ParentNode | null | undefined} place
 */
export function focusHeading(place) {
  const heading = /** @type {HTMLElement} */ (
    place?.querySelector("h2, h3, .what") ?? document.querySelector("main"));
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
