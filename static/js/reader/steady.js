// At the top of the page what is new pushes the rest down. It slides: each block starts where it was seen, and glides to its new place.
// A transform moves no layout, so nothing jumps under a finger, and nothing counts as a shift.

const MS = 450;
const EASE = "cubic-bezier(.2, .7, .2, 1)";
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const blocks = () => [...document.querySelectorAll("#board > .category, .board > .tally, .moments, .pinned, .updates, .colophon")];
const running = new Set();

/** What stays the same inside of a block and so tells how far it moved: the newest post for the updates. */
const mark = (block) => (block.matches(".updates") && block.querySelector("article:not([hidden])")) || block;
const top = (element) => element.getBoundingClientRect().top;

/** Do something to the page and let what moves by it glide; `still` does it at once. */
export function steadily(act, still) {
  if (still || calm.matches || document.hidden) return act();
  const before = blocks().map((block) => [block, mark(block), top(mark(block)), top(block)]);
  running.forEach((motion) => motion.cancel());
  running.clear();
  const answer = act();
  for (const [block, marked, was] of before) {
    if (!block.isConnected || !marked.isConnected) continue;
    glide(block, was - top(marked));
  }
  return answer;
}

function glide(block, by) {
  if (Math.abs(by) < 1 || Math.abs(by) > innerHeight) return;
  const from = { transform: `translateY(${by}px)` };
  const to = { transform: "none" };
  if (block.matches(".updates") && by < 0) Object.assign(from, { clipPath: `inset(${-by}px -1rem 0)` }), Object.assign(to, { clipPath: "inset(0 -1rem 0)" });
  const motion = block.animate([from, to], { duration: MS, easing: EASE });
  running.add(motion);
  motion.onfinish = () => running.delete(motion);
}
