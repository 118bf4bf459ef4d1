// What acts in public takes no press by accident: none of a key that is held, and none on a button that has only just
// appeared.

// ms: longer than the second press of a double click, or of a finger that has not looked up yet
export const ARMS_AFTER = 400;

/**
 * Whether a key press repeats one that would press, switch or send something. In a text that is being written a held
 * key only writes. Pure.
 */
export function held({ repeat, key, ctrlKey, metaKey }, writing) {
  if (!repeat || (key !== "Enter" && key !== " ")) return false;
  if (ctrlKey || metaKey) return true;
  return !(writing === "text" || (writing === "line" && key === " "));
}

/** What a key press on this element writes: a "text" of lines, a "line" that Enter sends, or null. */
function writing(target) {
  if (target.closest("textarea, [contenteditable]")) return "text";
  return target.closest("input:not([type=checkbox], [type=radio], [type=file], [type=submit])") ? "line" : null;
}

/** Let a button act only after people could see what it is. It can have the keyboard at once. */
export function arm(control) {
  control.setAttribute("aria-disabled", "true");
  control.dataset.arming = "";
  setTimeout(() => {
    control.removeAttribute("aria-disabled");
    delete control.dataset.arming;
  }, ARMS_AFTER);
  return control;
}

/** Stop such presses before anything hears of them. */
export function guard(page) {
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  page.addEventListener("keydown", (event) => { if (held(event, writing(event.target))) stop(event); }, true);
  page.addEventListener("click", (event) => { if (event.target.closest("[data-arming]")) stop(event); }, true);
}
