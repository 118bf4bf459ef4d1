// Nobody's place is taken: while the page changes, the keyboard, a selection and the text on the screen stay where they
// are. Where the keyboard was on something that goes, its neighbour gets it.

import { all, focusOn } from "./elements.js";
import { anchored } from "./scroll_anchor.js";

const ITEMS = "article, li[data-id]"; // they come and go whole
const STOPS = "a[href], summary, button";

/** @param {Element} element */
const isVisible = (element) => element.isConnected && (element.checkVisibility?.() ?? true);

/**
 * Do something to the page.
 * @param {() => void} act
 */
export function keepPlace(act) {
  const select = selection();
  const focus = keyboard();
  anchored(act);
  select();
  focus();
}

/** What is selected now. @returns {() => void} selects it again, if it was moved */
function selection() {
  const selected = getSelection();
  if (!selected?.anchorNode || !selected.focusNode || selected.isCollapsed) return () => {};
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selected;
  return () => {
    if (selected.anchorNode === anchorNode && selected.focusNode === focusNode) return;
    if (!anchorNode.isConnected || !focusNode.isConnected) return;
    selected.setBaseAndExtent(anchorNode, Math.min(anchorOffset, lengthOf(anchorNode)),
      focusNode, Math.min(focusOffset, lengthOf(focusNode)));
  };
}

/** @param {Node} node */
const lengthOf = (node) => node.nodeValue?.length ?? node.childNodes.length;

/** Where the keyboard is now. @returns {() => void} puts it there again, or as near as there is something */
function keyboard() {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  if (!focused || focused === document.body || !isVisible(focused)) return () => {};
  const item = /** @type {HTMLElement | null} */ (focused.closest(ITEMS));
  const near = [...around(focused, item)];
  return () => {
    if (document.activeElement === focused && isVisible(focused)) return;
    const next = [focused, ...likes(focused, item)].find(isVisible) ?? near.filter(isVisible).map(entry).find(Boolean);
    if (next) focusOn(next);
  };
}

/**
 * Where the keyboard goes from something that may be gone by then.
 * @param {HTMLElement} from
 * @returns {() => void} sends it there
 */
export function passOnFrom(from) {
  const near = [...around(from, /** @type {HTMLElement | null} */ (from.closest(ITEMS)))];
  return () => {
    const next = near.filter(isVisible).map(entry).find(Boolean);
    if (next) focusOn(next);
  };
}

/**
 * Controls of the same kind in an item: a script may make one anew.
 * @param {HTMLElement} control
 * @param {HTMLElement | null} item
 */
const likes = ({ localName, classList }, item) =>
  (item && classList.length ? all([localName, ...classList].join("."), item) : []);

/**
 * What the keyboard passes on to, in this order: the item itself, those after it, those before it, then what they are
 * in, from inside to outside.
 * @param {HTMLElement} focused
 * @param {HTMLElement | null} item
 */
function* around(focused, item) {
  if (item) {
    const items = item.tagName === "ARTICLE" ? all("article") : all("li[data-id]", item.parentElement ?? undefined);
    const at = items.indexOf(item);
    yield* [...items.slice(at), ...items.slice(0, at).reverse()];
  }
  for (let outer = (item ?? focused).parentElement; outer; outer = outer.parentElement) yield outer;
}

/** Where the keyboard enters something: at its heading, else at its first stop. @param {HTMLElement} of */
const entry = (of) => all("h1, h2, h3", of).find(isVisible) ?? all(STOPS, of).find(isVisible);
