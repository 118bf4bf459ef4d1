// Videos, social posts and animations: nothing of them is loaded before a reader asks for it. Without scripts, they are
// links.

import { all, around, opensHere } from "./elements.js";
import { leave } from "./swap.js";
import { words, write } from "./words.js";

const ALLOWED = "autoplay; encrypted-media; fullscreen; picture-in-picture";
const SANDBOX = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms "
  + "allow-presentation";

/** Answer clicks anywhere in the page, on what is there and on what will come. */
export function embedsFrom() {
  document.addEventListener("click", (event) => {
    if (!opensHere(event) || event.defaultPrevented) return;
    const link = around(event, "a[data-frame], a[data-moving]");
    if (!link || link.closest(".open")) return; // what plays already: the link leads to its site
    event.preventDefault();
    if (link.dataset.frame) play(link, link.dataset.frame);
    else move(/** @type {HTMLAnchorElement} */ (link));
  });
  addEventListener("message", ({ source, data }) => {
    const frames = /** @type {HTMLIFrameElement[]} */ (all(".social.open iframe"));
    const frame = frames.find((one) => one.contentWindow === source);
    const height = heightOf(data);
    if (frame && height) frame.style.height = `${height}px`;
  });
}

/** Put the player above its link. @param {HTMLElement} link @param {string} address of the player */
function play(link, address) {
  const frame = document.createElement("iframe");
  const { colorScheme } = getComputedStyle(document.documentElement);
  const dark = colorScheme === "dark" || matchMedia("(prefers-color-scheme: dark)").matches;
  const referrerpolicy = "strict-origin-when-cross-origin";
  const given = { allow: ALLOWED, sandbox: SANDBOX, referrerpolicy, title: link.textContent ?? "" };
  for (const [name, value] of Object.entries(given)) frame.setAttribute(name, value);
  frame.src = themed(address, dark);
  const card = link.closest(".card");
  if (card) leave(card);
  card?.classList.add("open");
  card?.prepend(frame);
  frame.focus({ preventScroll: true });
}

/** X shows its posts in the page's theme when it is asked to. Pure. @param {string} address @param {boolean} dark */
export const themed = (address, dark) =>
  (dark && address.startsWith("https://platform.twitter.com/") ? `${address}&theme=dark` : address);

/**
 * The height that a post in a frame says it has, in pixels; undefined for any other message. Pure.
 * @param {any} data
 */
export function heightOf(data) {
  const height = saidHeight(typeof data === "string" ? parsed(data) : data);
  return Number.isFinite(height) && height >= 80 ? Math.min(Math.ceil(height), 2400) : undefined;
}

/** @param {any} said in the words of X, of Bluesky and Reddit, or of Instagram */
function saidHeight(said) {
  const x = said?.["twttr.embed"];
  if (x) return x.method === "twttr.private.resize" && x.params?.[0]?.height;
  return said?.type === "MEASURE" ? said.details?.height : said?.height;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Let a picture move, or stand still again. @param {HTMLAnchorElement} link */
function move(link) {
  const figure = link.closest("figure");
  const picture = figure?.querySelector("img");
  if (!figure || !picture) return;
  leave(figure);
  const still = picture.dataset.still;
  if (still === undefined) {
    picture.dataset.still = picture.srcset;
    Object.assign(link.dataset, { play: link.textContent, src: picture.getAttribute("src") });
    picture.removeAttribute("srcset");
    picture.src = link.href;
  } else {
    if (still) picture.srcset = still;
    picture.src = link.dataset.src ?? "";
    delete picture.dataset.still;
  }
  write(link, still === undefined ? words.stopAnimation : link.dataset.play ?? "");
}
