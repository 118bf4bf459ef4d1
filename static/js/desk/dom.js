// Making and replacing the page's elements.

import { arm } from "./arming.js";

/** @import { Row } from "./desk.d.ts" */

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
 * A button; it shows that it waits while what `act` promises is not there.
 * @param {string | (Node | string)[]} label
 * @param {(event: MouseEvent) => void} act
 * @param {string} [kind] classes
 */
export function button(label, act, kind) {
  const made = element("button", { type: "button", class: kind, onclick: async (/** @type {MouseEvent} */ event) => {
    const promised = /** @type {unknown} */ (act(event));
    const asks = document.querySelector("dialog[open]") && !made.closest("dialog"); // it waits for the person
    if (promised instanceof Promise && !asks) await promised.finally(waiting(made));
  } }, ...[label].flat());
  return made;
}

/**
 * Show that a button waits for what it asked for, in the room that it has.
 * @param {HTMLElement} button
 * @param {string} [words] in place of its own
 * @returns ends it
 */
export function waiting(button, words) {
  const { minWidth } = button.style;
  button.style.minWidth = `${button.offsetWidth}px`;
  button.ariaBusy = "true";
  button.dataset.label = button.textContent ?? "";
  if (words) button.textContent = words;
  return () => {
    button.ariaBusy = null;
    button.style.minWidth = minWidth;
    if (words) button.textContent = button.dataset.label ?? "";
  };
}

/**
 * Give a button its words; one that waits has them afterwards.
 * @param {HTMLElement} button
 * @param {string} words
 */
export function label(button, words) {
  if (button.ariaBusy) button.dataset.label = words;
  else button.textContent = words;
}

/** A button for what readers see at once. @type {typeof button} */
export const publicly = (label, act, kind) => arm(button(label, act, kind));

/** An element that the page is sure to have. @param {string} selector */
export const $ = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

/** A part that an element is sure to have. @param {ParentNode} of @param {string} selector */
export const part = (of, selector) => /** @type {HTMLElement} */ (of.querySelector(selector));

/** The nearest element around what an event happened to, or null. @param {Event} event @param {string} selector */
export const around = (event, selector) =>
  /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(selector));

/** A line for what went wrong, to be filled by `say`. */
export const problemLine = () => element("p", { class: "problem", role: "alert", hidden: true });

/** @param {HTMLElement} place @param {string} text empty: nothing is shown */
export function say(place, text) {
  place.textContent = text;
  place.hidden = !text;
}

/**
 * Change the page, and leave where it is what somebody writes in, else what the pointer is on, else the middle: the
 * page, or the column that it is in, scrolls instead. The browser would keep what is at the top (desk.css:
 * overflow-anchor).
 * @param {() => void} change
 */
export function steady(change) {
  const at = document.activeElement?.matches("textarea, input") ? document.activeElement
    : [...document.querySelectorAll(":hover")].at(-1) ?? document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  const before = at?.getBoundingClientRect().top ?? 0;
  change();
  const moved = at?.isConnected ? at.getBoundingClientRect().top - before : 0;
  if (at && moved) scrollerOf(at).scrollBy({ top: moved, behavior: "instant" });
}

/** What scrolls an element: a column of its own, or the page. @param {Element} element */
function scrollerOf(element) {
  for (let one = element.parentElement; one && one !== document.body; one = one.parentElement) {
    if (one.scrollHeight > one.clientHeight && /auto|scroll/.test(getComputedStyle(one).overflowY)) return one;
  }
  return window;
}

/**
 * Leave an element where it is while what stands above it becomes less: it keeps the room until its margin is its own.
 * @param {HTMLElement} element
 * @returns to be called after the change
 */
export function keepPlace(element) {
  const [top, scrolled] = [placeOf(element), scrollY];
  return () => {
    element.style.marginTop = "";
    const up = top - placeOf(element);
    if (up > 0) element.style.marginTop = `calc(${getComputedStyle(element).marginTop} + ${up}px)`;
    scrollTo({ top: scrolled, behavior: "instant" }); // meanwhile the page was too short for that
  };
}

/** Where an element begins, from the top of the page. @param {HTMLElement} element */
const placeOf = (element) => element.getBoundingClientRect().top + scrollY;

/** Show a dialog that goes with its closing. @param {HTMLDialogElement} dialog */
export function showModal(dialog) {
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * Bring a list to `rows`. A row whose version is the same stays as it is, so that nobody presses a button that is just
 * being replaced. The keyboard stays in its row: on the same button, or on the row's heading where that has gone or the
 * row is in another state. What the next press would do there is then another thing.
 * @param {HTMLElement} list
 * @param {Row[]} rows
 */
export function fill(list, rows) {
  const had = new Map(elements(list).map((item) => [item.dataset.ref, item]));
  const at = document.activeElement;
  const row = /** @type {HTMLElement | null | undefined} */ (at?.closest("[data-ref]"));
  const ref = list.contains(at) ? row?.dataset.ref : undefined;
  const state = row?.dataset.state;
  const items = rows.map(([name, version, make]) => {
    const old = had.get(name);
    if (old?.dataset.version === version) return old;
    const made = make();
    Object.assign(made.dataset, { ref: name, version });
    return made;
  });
  if (items.length !== list.children.length || items.some((item, n) => item !== list.children[n])) put(list, items);
  if (ref !== undefined && document.activeElement !== at) focusAgain(list, { ref, state, label: at?.textContent });
}

/** @param {HTMLElement} list */
const elements = (list) => /** @type {HTMLElement[]} */ ([...list.children]);

/**
 * Without taking out what stays: an element that leaves the page loses the keyboard.
 * @param {HTMLElement} list
 * @param {HTMLElement[]} items
 */
function put(list, items) {
  const kept = new Set(items);
  for (const item of elements(list)) if (!kept.has(item)) item.remove();
  items.forEach((item, n) => { if (list.children[n] !== item) list.insertBefore(item, list.children[n] ?? null); });
}

/** @param {HTMLElement} list @param {{ref: string, state?: string, label?: string | null}} had the keyboard */
function focusAgain(list, { ref, state, label }) {
  const row = elements(list).find((item) => item.dataset.ref === ref);
  const same = row && row.dataset.state === state
    && [...row.querySelectorAll("button")].find((one) => one.textContent === label);
  if (same) same.focus({ preventScroll: true });
  else focusHeading(row ?? list.parentElement);
}

/**
 * Show or hide a part of the page. The keyboard does not vanish with it: it goes to the page's title.
 * @param {HTMLElement} part
 * @param {boolean} shown
 */
export function show(part, shown) {
  if (!shown && part.contains(document.activeElement)) {
    const title = $("h1");
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
  }
  part.hidden = !shown;
}

/** Scroll a row into sight, and give the keyboard to its heading. @param {HTMLElement | null} row */
export function bringToSight(row) {
  row?.scrollIntoView({ block: "center", behavior: "instant" });
  focusHeading(row);
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
