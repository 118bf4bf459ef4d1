// A new post at the top pushes the rest of the page down. The blocks glide: each is drawn at its old place and moves to
// the new one by a transform, so that nothing jumps under a finger and browsers count no layout shift. The transform is
// set frame by frame: a browser's own animation that the next update interrupts starts where the compositor had it, and
// that does count.

import { all, find } from "./elements.js";

/** @typedef {[number, number]} Place px from the left and from the top */

const MS = 450;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const MOVING = "#board > .category, .board > :is(.unfold, .tally), .moments, .moment, .story, .pinned, .pin, .updates, "
  + "#posts > :is(article, .day):not([hidden]), .older, .colophon";
const blocks = () => all(MOVING); // in the document's order: what holds others comes before them
/** @type {Map<HTMLElement, {from: Place, since: number | null}>} since: ms, or null until the next frame */
const gliding = new Map();
let frame = 0;

/** @param {HTMLElement} block @returns {Place} */
const place = (block) => {
  const { left, top } = block.getBoundingClientRect();
  return [left, top];
};

/** A post or a row that was made anew is the same one. @param {HTMLElement} block @returns {HTMLElement | null} */
const now = (block) => {
  if (block.isConnected) return block;
  if (block.matches(".moment")) return document.querySelector(`.moment[data-id="${block.dataset.id}"]`);
  return block.id ? find(block.id) : null;
};

/**
 * Do something to the page and let what moves by it glide; `still` does it at once.
 * @param {() => void} act
 * @param {boolean} still
 */
export function glideLayout(act, still) {
  if (still || calm.matches || document.hidden) {
    for (const block of gliding.keys()) put(block, [0, 0]);
    gliding.clear();
    act();
    return;
  }
  const before = blocks().map((block) => ({ block, was: place(block) }));
  for (const block of gliding.keys()) put(block, [0, 0]);
  gliding.clear();
  act();
  for (const { block: old, was } of before) {
    const block = now(old);
    if (block && block.matches(MOVING)) glide(block, was);
  }
  if (gliding.size && !frame) frame = requestAnimationFrame(step);
}

/** @param {HTMLElement} block @param {Place} was */
function glide(block, was) {
  const [left, top] = place(block);
  /** @type {Place} */
  const by = [was[0] - left, was[1] - top];
  if (by.every((way) => Math.abs(way) < 1)) return;
  gliding.set(block, { from: by, since: null });
  put(block, by);
}

/** @param {number} time */
function step(time) {
  for (const [block, way] of gliding) {
    way.since ??= time; // this frame is drawn as the one before
    const left = 1 - Math.min(1, (time - way.since) / MS);
    put(block, [way.from[0] * left ** 3, way.from[1] * left ** 3]);
    if (!left) gliding.delete(block);
  }
  frame = gliding.size ? requestAnimationFrame(step) : 0;
}

/** @param {HTMLElement} block @param {Place} by */
function put(block, [x, y]) {
  block.style.transform = x || y ? `translate(${x}px, ${y}px)` : "";
  if (!block.getAttribute("style")) block.removeAttribute("style");
}
