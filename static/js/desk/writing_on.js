// After an update went by key the keyboard is on the composer's heading, so that U takes it back; whatever else is
// typed there is the next text.

/** @typedef {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "getModifierState">} Press */

/**
 * Whether a key press would write into a text field: a letter or sign, the beginning of a composed one, or a paste.
 * Pure.
 * @param {Press} press
 */
export function writes(press) {
  const { key, ctrlKey, metaKey } = press;
  if (key === "Process" || key === "Dead") return true;
  if (key.length !== 1 || key === " ") return false;
  if (!ctrlKey && !metaKey) return true;
  return key.toLowerCase() === "v" || press.getModifierState("AltGraph"); // AltGr + Q is @ on some keyboards
}

/**
 * @param {HTMLElement} heading
 * @param {HTMLTextAreaElement} field where writing goes on
 * @param {(key: string) => boolean} takesBack whether a key takes back what went, and is no writing
 * @returns gives the keyboard to the heading
 */
export function writingOn(heading, field, takesBack) {
  let waits = false;
  heading.addEventListener("blur", () => { waits = false; });
  heading.addEventListener("keydown", (event) => {
    if (event.key === "Escape") waits = false; // now all single keys act
    if (!waits || takesBack(event.key) || !writes(event)) return;
    event.stopPropagation(); // it is no single key
    field.focus(); // in time for what the key writes
  });
  return () => {
    heading.focus({ preventScroll: true });
    waits = true;
  };
}
