// Where the browser does not keep what is read in its place (scroll anchoring; Safari has none), this does: the first
// block on the screen stays where it is when something above it grows, shrinks, comes or goes.

import { all, children, part } from "./elements.js";

const root = document.documentElement;
const needed = !CSS.supports("overflow-anchor", "auto");
/** Blocks on the screen, the best first, and their px from its top. @type {Map<HTMLElement, number>} */
let held = new Map();

/** @param {HTMLElement} block */
const topOf = (block) => block.getBoundingClientRect().top;
/** At the top, what is new pushes the rest down (live.css). */
const free = () => root.classList.contains("at-top");

/**
 * Do something to the page and keep what is read where it is.
 * @param {() => void} act
 */
export function anchored(act) {
  if (needed) hold();
  act();
  if (needed) settle();
}

/** From now on: also when a picture, a player or an opened part takes its room. */
export function keepAnchored() {
  if (!needed) return;
  addEventListener("scroll", hold, { passive: true });
  new ResizeObserver(settle).observe(part(document, "main"));
}

function hold() {
  const first = [...all(".story"), part(document, "main")].flatMap(inSight);
  const blocks = [...first, ...all("article").filter(rectOf)];
  held = new Map(blocks.map((block) => [block, topOf(block)]));
}

function settle() {
  const there = [...held].find(([block]) => block.isConnected && block.getClientRects().length);
  const by = there && !free() ? topOf(there[0]) - there[1] : 0;
  if (Math.round(by)) scrollBy({ top: by, behavior: "instant" });
  hold();
}

/** The part of an element that is on the screen, or null. @param {Element} of */
function rectOf(of) {
  const rect = of.getBoundingClientRect();
  return rect.height && rect.bottom > 0 && rect.top < innerHeight ? rect : null;
}

/**
 * The first block on the screen, and those around it up to `of`: the innermost that begins there comes first.
 * @param {HTMLElement} of
 * @returns {HTMLElement[]}
 */
function inSight(of) {
  for (const child of children(of)) {
    const rect = rectOf(child);
    if (!rect || ["fixed", "sticky"].includes(getComputedStyle(child).position)) continue;
    return rect.top >= 0 ? [child] : [...inSight(child), child];
  }
  return [];
}
