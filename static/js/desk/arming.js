// What acts in public takes no press by accident: none of a key that is held, and none on a button that people have not
// had the time to read.

// ms: longer than the second press of a double click, or of a finger that has not looked up yet
const ARMS_AFTER = 400;

/**
 * Whether a key press repeats one that would press, switch or send something. In a text that is being written a held
 * key only writes. Pure.
 * @param {Pick<KeyboardEvent, "repeat" | "key" | "ctrlKey" | "metaKey">} press
 * @param {"text" | "line" | null} writing what the key writes (see below)
 */
export function held({ repeat, key, ctrlKey, metaKey }, writing) {
  if (!repeat || (key !== "Enter" && key !== " ")) return false;
  if (ctrlKey || metaKey) return true;
  return !(writing === "text" || (writing === "line" && key === " "));
}

/**
 * What a key press on this element writes: a "text" of lines, a "line" that Enter sends, or null.
 * @param {Element} target
 */
function writing(target) {
  if (target.closest("textarea, [contenteditable]")) return "text";
  return target.closest("input:not([type=checkbox], [type=radio], [type=file], [type=submit])") ? "line" : null;
}

/**
 * Tells when a button appears on the page and leaves it, also with the part that it is in: a button that is not shown
 * has no size. What is scrolled to has not just appeared.
 * @type {ResizeObserver | null}
 */
const sight = globalThis.ResizeObserver ? new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const control = /** @type {HTMLElement} */ (target);
    if (!control.offsetWidth) disarm(control);
    else if (!timers.has(control)) begin(control);
  }
}) : null;
/** @type {WeakMap<HTMLElement, ReturnType<typeof setTimeout>>} */
const timers = new WeakMap();

/**
 * Let a button act only once it has been in sight for a moment: again after it was out of sight, and again when it is
 * called anew because what it does has changed. It can have the keyboard at once.
 * @template {HTMLElement} E
 * @param {E} control
 */
export function arm(control) {
  control.dataset.public = "";
  disarm(control);
  sight?.unobserve(control); // observed anew, it is told about again
  sight?.observe(control);
  return control;
}

/** @param {HTMLElement} control */
function disarm(control) {
  clearTimeout(timers.get(control));
  timers.delete(control);
  control.setAttribute("aria-disabled", "true");
  control.dataset.arming = "";
}

/** @param {HTMLElement} control */
function begin(control) {
  timers.set(control, setTimeout(() => {
    control.removeAttribute("aria-disabled");
    delete control.dataset.arming;
  }, ARMS_AFTER));
}

/** Stop such presses before anything hears of them. @param {Document} page */
export function guard(page) {
  /** @param {Event} event */
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  /** @param {Event} event */
  const target = (event) => /** @type {Element} */ (event.target);
  page.addEventListener("keydown", (event) => { if (held(event, writing(target(event)))) stop(event); }, true);
  page.addEventListener("click", (event) => { if (target(event).closest("[data-arming]")) stop(event); }, true);
  page.addEventListener("visibilitychange", () => { // a tab that comes to the front is in sight for the first time
    if (page.hidden) return;
    for (const control of page.querySelectorAll("[data-public]")) arm(/** @type {HTMLElement} */ (control));
  });
}
