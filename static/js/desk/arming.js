// What acts in public takes no press by accident: none of a key that is held, and none on a button that has only just
// appeared.

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
 * Let a button act only after people could see what it is. It can have the keyboard at once.
 * @template {HTMLElement} E
 * @param {E} control
 */
export function arm(control) {
  control.setAttribute("aria-disabled", "true");
  control.dataset.arming = "";
  setTimeout(() => {
    control.removeAttribute("aria-disabled");
    delete control.dataset.arming;
  }, ARMS_AFTER);
  return control;
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
}
