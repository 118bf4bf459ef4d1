// On a phone: what was done is told above the tabs, whichever part is in front; and the page knows how much of it the
// keyboard leaves in sight.

const SHORT = 560; // px: less is left by a keyboard

/**
 * @param {HTMLElement} feedback what was done
 * @param {HTMLElement} main where that is told on a phone
 * @param {HTMLElement} text the field in which people write
 */
export function smallScreen(feedback, main, text) {
  const narrow = matchMedia("(max-width: 47.99rem)");
  const home = /** @type {HTMLElement} */ (feedback.parentElement);
  const root = document.documentElement;

  const move = () => (narrow.matches ? main : home).append(feedback);

  /** With the keyboard open the whole text field is brought into what is left. */
  function fit() {
    const { height, offsetTop, scale } = /** @type {VisualViewport} */ (visualViewport);
    root.toggleAttribute("data-short", narrow.matches && height < SHORT && scale === 1);
    root.style.setProperty("--seen", `${height}px`);
    root.style.setProperty("--keyboard", `${scale === 1 ? Math.max(0, innerHeight - height - offsetTop) : 0}px`);
    if (root.hasAttribute("data-short") && document.activeElement === text) text.scrollIntoView({ block: "nearest" });
  }

  narrow.addEventListener("change", () => { move(); fit(); });
  visualViewport?.addEventListener("resize", fit);
  for (const name of ["focus", "input"]) text.addEventListener(name, () => requestAnimationFrame(fit));
  move();
  fit();
}
