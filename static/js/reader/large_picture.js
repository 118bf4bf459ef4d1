// A picture of a post as large as the screen, one after the other. The first click fetches it, as a bundle of its own.

import { all, element, part, said } from "./elements.js";
import { passOnFrom } from "./keep_place.js";
import { words } from "./words.js";

/** @import { Link } from "./picture_links.js" */

/** @type {HTMLDialogElement | undefined} */
let view;
/** The picture that is shown: its post, which of its pictures, and its address. */
let shown = { post: "", at: 0, address: "" };
/** Where the keyboard goes if the picture's post is gone. */
let passOn = () => {};

const watch = new MutationObserver(follow);

/** The pictures of the post as it is now; none once it is gone, or covered. */
function links() {
  const post = document.querySelector(`article[id="${shown.post}"]:not(.spoils)`);
  return /** @type {Link[]} */ (post ? all(".picture .large", post) : []);
}

/** @param {Link} link that was there a moment ago */
export function open(link) {
  view ??= made();
  shown = { post: link.closest("article")?.id ?? "", at: 0, address: "" };
  const at = links().indexOf(link);
  if (at < 0) return;
  passOn = passOnFrom(link);
  put(at);
  if (!view.open) view.showModal();
  watch.observe(part(document, "main"), { subtree: true, childList: true, attributeFilter: ["class"] });
}

function made() {
  const dialog = /** @type {HTMLDialogElement} */ (element("dialog", "", { class: "large-view" }));
  const tools = element("p", "", { class: "tools" });
  /** @param {string} name @param {string} text @param {() => void} act */
  const button = (name, text, act) => {
    const one = said("button", text, { type: "button", class: name });
    one.addEventListener("click", act);
    return one;
  };
  tools.append(element("span", ""), button("before", "‹", () => turn(-1)), button("after", "›", () => turn(1)),
    button("size", words.actualSize, resize), button("close", words.close, () => dialog.close()));
  part(tools, ".before").setAttribute("aria-label", words.pictureBefore);
  part(tools, ".after").setAttribute("aria-label", words.pictureAfter);
  const sheet = element("div", "", { tabindex: "0", role: "group" });
  sheet.append(element("img", ""));
  part(sheet, "img").addEventListener("click", resize);
  dialog.append(tools, sheet, element("p", "", { class: "legend" }));
  dialog.addEventListener("keydown", press);
  dialog.addEventListener("close", () => {
    watch.disconnect();
    const link = links()[shown.at];
    if (link) link.focus({ preventScroll: true });
    else passOn();
  });
  document.body.append(dialog);
  return dialog;
}

/** Show one of the pictures, with what is written about it. @param {number} at */
function put(at) {
  const dialog = /** @type {HTMLDialogElement} */ (view);
  const there = links();
  const small = part(there[at], "img");
  const image = /** @type {HTMLImageElement} */ (part(dialog, "img"));
  const legend = there[at].closest("figure")?.querySelector("figcaption");
  shown = { ...shown, at, address: there[at].href };
  for (const name of ["alt", "width", "height"]) image.setAttribute(name, small.getAttribute(name) ?? "");
  if (image.src !== shown.address) image.src = shown.address;
  dialog.setAttribute("aria-label", words.pictureOf(at + 1, there.length));
  part(dialog, "span").textContent = there.length > 1 ? `${at + 1} / ${there.length}` : "";
  part(dialog, ".legend").dir = legend?.getAttribute("dir") ?? "";
  part(dialog, ".legend").replaceChildren(...[...(legend?.childNodes ?? [])].map((node) => node.cloneNode(true)));
  part(dialog, "div").setAttribute("aria-label", image.alt);
  part(dialog, ".size").hidden = Number(small.getAttribute("width")) <= innerWidth
    && Number(small.getAttribute("height")) <= innerHeight;
  for (const [name, to] of /** @type {const} */ ([["before", at - 1], ["after", at + 1]])) {
    part(dialog, `.${name}`).hidden = there.length < 2;
    part(dialog, `.${name}`).setAttribute("aria-disabled", String(!there[to]));
  }
}

/** @param {number} by */
function turn(by) {
  if (!links()[shown.at + by]) return;
  resize(false);
  put(shown.at + by);
}

/** Between as large as the screen and as large as it is. @param {unknown} [actual] */
function resize(actual) {
  const on = view?.classList.toggle("actual", typeof actual === "boolean" ? actual : undefined);
  part(/** @type {HTMLElement} */ (view), ".size").setAttribute("aria-pressed", String(Boolean(on)));
}

/** @param {KeyboardEvent} event */
function press(event) {
  const { key } = event;
  if (key === "Escape") event.stopPropagation(); // it closes this, and nothing behind it
  if (view?.classList.contains("actual")) return; // the arrows move the picture
  const forward = getComputedStyle(document.documentElement).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (key === "ArrowLeft" || key === "ArrowRight") turn(key === forward ? 1 : -1);
}

/** The post changed: what is gone from it goes from here as well. */
function follow() {
  const there = links();
  const same = there[shown.at]?.href === shown.address;
  const at = same ? shown.at : there.findIndex((link) => link.href === shown.address);
  if (at < 0) view?.close();
  else put(at);
}
