// Brings an element to what new markup says, where it stands. What has not changed is not touched: the keyboard, a
// selection, an opened part and a player stay as they are.

import { all } from "./elements.js";

// put in by scripts, and kept: the server's markup knows nothing of them
const OWN = ".since, .veil, .reveal, .veiled, iframe";
const CLASSES = ["arrived", "clear", "open", "recent", "spoils", "told"]; // set by scripts
const ATTRIBUTES = ["class", "open", "style", "tabindex"]; // by scripts and readers too: not taken away
const EQUAL = 3; // how alike two nodes are; others of a kind are from 1 to 2

/** What scripts altered, as the server made it. @type {WeakMap<Node, Node>} */
const originals = new WeakMap();

/**
 * A script is about to alter an element: as long as the server says the same of it, it is left alone.
 * @param {Element} element
 */
export function leave(element) {
  if (!originals.has(element)) originals.set(element, element.cloneNode(true));
}

/**
 * Make `old` what `made` is; parts of `made` are used up.
 * @param {Node} old
 * @param {Node} made
 */
export function swap(old, made) {
  if (isSame(old, made)) return;
  originals.delete(old);
  if (!(old instanceof Element)) return putData(/** @type {CharacterData} */ (old), made.nodeValue ?? "");
  putAttributes(old, /** @type {Element} */ (made));
  putNodes(old, [...made.childNodes]);
}

/** Let an element say a text. @param {Element} element @param {string} text */
export const setText = (element, text) => putNodes(element, text ? [new Text(text)] : []);

/** @param {Node} old @param {Node} made */
function isSame(old, made) {
  if ((originals.get(old) ?? old).isEqualNode(made)) return true;
  return old instanceof HTMLTimeElement && made.nodeName === "TIME" // clock.js words it for this reader
    && old.dateTime === /** @type {HTMLTimeElement} */ (made).dateTime;
}

/**
 * Only what differs is replaced, so that a selection around it stays.
 * @param {CharacterData} node
 * @param {string} text
 */
function putData(node, text) {
  const { before, after } = shared(node.data, text);
  node.replaceData(before, node.length - before - after, text.slice(before, text.length - after));
}

/**
 * How many characters two texts have in common at their beginning and at their end.
 * @param {string} one
 * @param {string} two
 */
function shared(one, two) {
  const most = Math.min(one.length, two.length);
  let before = 0;
  while (before < most && one[before] === two[before]) before += 1;
  let after = 0;
  while (after < most - before && one.at(-1 - after) === two.at(-1 - after)) after += 1;
  return { before, after };
}

/** @param {Element} old @param {Element} made */
function putAttributes(old, made) {
  for (const { name } of [...old.attributes]) {
    if (!made.hasAttribute(name) && !ATTRIBUTES.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of made.attributes) {
    if (name !== "class" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const own = CLASSES.filter((name) => old.classList.contains(name));
  const classes = [...new Set([...made.classList, ...own])].join(" ");
  if (!classes) old.removeAttribute("class");
  else if (old.getAttribute("class") !== classes) old.setAttribute("class", classes);
}

/** @param {Element} parent @param {ChildNode[]} made */
function putNodes(parent, made) {
  const there = [...parent.childNodes].filter((node) => !(node instanceof Element && node.matches(OWN)));
  const pairs = paired(there, made);
  const kept = new Set(pairs.values());
  for (const node of there) if (!kept.has(node)) node.remove();
  /** @type {ChildNode | undefined} */
  let last;
  for (const node of made) {
    const old = pairs.get(node);
    if (old) swap(old, node);
    else if (last) last.after(node);
    else parent.prepend(node);
    last = old ?? node;
  }
}

/**
 * Which nodes become which, in order: what is the same at both ends, and between them what is most alike.
 * @param {ChildNode[]} there
 * @param {ChildNode[]} made
 * @returns {Map<ChildNode, ChildNode>} from what was made to what is there
 */
function paired(there, made) {
  const pairs = new Map();
  const most = Math.min(there.length, made.length);
  let [from, rest] = [0, 0];
  for (; from < most && isSame(there[from], made[from]); from += 1) pairs.set(made[from], there[from]);
  for (; from + rest < most; rest += 1) {
    const [old, node] = [there[there.length - 1 - rest], made[made.length - 1 - rest]];
    if (!isSame(old, node)) break;
    pairs.set(node, old);
  }
  align(there.slice(from, there.length - rest), made.slice(from, made.length - rest), pairs);
  return pairs;
}

/**
 * Add the pairs whose likeness is the greatest together.
 * @param {ChildNode[]} there
 * @param {ChildNode[]} made
 * @param {Map<ChildNode, ChildNode>} pairs
 */
function align(there, made, pairs) {
  const alike = there.map((old) => made.map((node) => likeness(old, node)));
  const best = [...there, null].map(() => new Array(made.length + 1).fill(0)); // from these two on
  for (let i = there.length - 1; i >= 0; i -= 1) {
    for (let j = made.length - 1; j >= 0; j -= 1) {
      const both = alike[i][j] && alike[i][j] + best[i + 1][j + 1];
      best[i][j] = Math.max(both, best[i + 1][j], best[i][j + 1]);
    }
  }
  for (let i = 0, j = 0; i < there.length && j < made.length;) {
    if (best[i][j] === best[i + 1][j]) i += 1;
    else if (best[i][j] === best[i][j + 1]) j += 1;
    else pairs.set(made[j++], there[i++]);
  }
}

/** How well a node can become another; 0: not at all. @param {ChildNode} old @param {ChildNode} made */
function likeness(old, made) {
  if (isSame(old, made)) return EQUAL;
  if (old.nodeName !== made.nodeName || nameOf(old) !== nameOf(made)) return 0;
  const [one, two] = [old.textContent ?? "", made.textContent ?? ""];
  const { before, after } = shared(one, two);
  return 1 + (before + after) / Math.max(one.length, two.length, 1);
}

/** What makes an element this one: its id, or what it plays. @param {ChildNode} node */
const nameOf = (node) =>
  (node instanceof Element ? node.id || all(":scope > a[data-frame]", node)[0]?.dataset.frame : undefined);
