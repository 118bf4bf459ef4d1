// At the top of the page what is new pushes the rest down. It glides: each block is drawn where it was seen, and moves to its new
// place by a transform. So nothing jumps under a finger, and no layout shift is counted. Frame by frame and not as an animation
// of the browser: one that is interrupted by the next update starts where the compositor had it, and that does count.

const MS = 450;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const MOVING = "#board > .category, .board > .tally, .moments, .moment, .story, .pinned, .pin, .updates, #posts > article:not([hidden]), .older, .colophon";
const blocks = () => [...document.querySelectorAll(MOVING)]; // in the document's order: what holds others comes before them
const gliding = new Map(); // block → {from: [px, px], since: ms, or null until the next frame}
const place = (element) => {
  const { left, top } = element.getBoundingClientRect();
  return [left, top];
};
let frame = 0;

/** A post or a row that was made anew is the same one. */
const now = (block) => {
  if (block.isConnected) return block;
  return block.matches(".moment") ? document.querySelector(`.moment[data-id="${block.dataset.id}"]`) : block.id && document.getElementById(block.id);
};

/** Do something to the page and let what moves by it glide; `still` does it at once. */
export function steadily(act, still) {
  if (still || calm.matches || document.hidden) {
    for (const block of gliding.keys()) put(block, [0, 0]);
    gliding.clear();
    return act();
  }
  const before = blocks().map((block) => [block, place(block)]);
  for (const block of gliding.keys()) put(block, [0, 0]);
  gliding.clear();
  const answer = act();
  for (const [old, was] of before) {
    const block = now(old);
    if (block && block.matches(MOVING)) glide(block, was);
  }
  if (gliding.size && !frame) frame = requestAnimationFrame(step);
  return answer;
}

function glide(block, was) {
  const [left, top] = place(block);
  const by = [was[0] - left, was[1] - top];
  if (by.every((way) => Math.abs(way) < 1)) return;
  gliding.set(block, { from: by, since: null });
  put(block, by);
}

function step(time) {
  for (const [block, way] of gliding) {
    way.since ??= time; // this frame is drawn as the one before
    const left = 1 - Math.min(1, (time - way.since) / MS);
    put(block, way.from.map((by) => by * left ** 3));
    if (!left) gliding.delete(block);
  }
  frame = gliding.size ? requestAnimationFrame(step) : 0;
}

function put(block, [x, y]) {
  block.style.transform = x || y ? `translate(${x}px, ${y}px)` : "";
  if (!block.getAttribute("style")) block.removeAttribute("style");
}
