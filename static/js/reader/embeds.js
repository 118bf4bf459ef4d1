// Videos, social posts and animations: nothing of them is loaded before a reader asks for it. Without scripts, they are links.

import { words } from "./words.js";

const ALLOWED = "autoplay; encrypted-media; fullscreen; picture-in-picture";
const SANDBOX = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms allow-presentation";

/** Answer clicks anywhere in the page, on what is there and on what will come. */
export function embedsFrom() {
  document.addEventListener("click", (event) => {
    const elsewhere = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    const link = elsewhere || event.defaultPrevented ? null : event.target.closest("a[data-frame], a[data-moving]");
    if (!link || link.closest(".open")) return; // what plays already: the link leads to its site
    event.preventDefault();
    if (link.dataset.frame) play(link);
    else move(link);
  });
  addEventListener("message", ({ source, data }) => {
    const frame = [...document.querySelectorAll(".social.open iframe")].find((one) => one.contentWindow === source);
    const height = frame && heightOf(data);
    if (height) frame.style.height = `${height}px`;
  });
}

/** Put the player above its link. */
function play(link) {
  const frame = document.createElement("iframe");
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark" || matchMedia("(prefers-color-scheme: dark)").matches;
  const given = { allow: ALLOWED, sandbox: SANDBOX, referrerpolicy: "strict-origin-when-cross-origin", title: link.textContent };
  for (const [name, value] of Object.entries(given)) frame.setAttribute(name, value);
  frame.src = themed(link.dataset.frame, dark);
  const card = link.closest(".card");
  card.classList.add("open");
  card.prepend(frame);
  frame.focus({ preventScroll: true });
}

/** X shows its posts in the page's theme when it is asked to. Pure. */
export const themed = (address, dark) => (dark && address.startsWith("https://platform.twitter.com/") ? `${address}&theme=dark` : address);

/** The height that a post in a frame says it has, in pixels; undefined for any other message. Pure. */
export function heightOf(data) {
  const told = typeof data === "string" ? parsed(data) : data;
  const x = told?.["twttr.embed"];
  const height = x ? x.method === "twttr.private.resize" && x.params?.[0]?.height : told?.type === "MEASURE" ? told.details?.height : told?.height;
  return Number.isFinite(height) && height >= 80 ? Math.min(Math.ceil(height), 2400) : undefined;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Let a picture move, or stand still again. */
function move(link) {
  const picture = link.closest("figure").querySelector("img");
  const still = picture.dataset.still;
  if (still === undefined) {
    picture.dataset.still = picture.srcset;
    Object.assign(link.dataset, { play: link.textContent, src: picture.getAttribute("src") });
    picture.removeAttribute("srcset");
    picture.src = link.href;
  } else {
    if (still) picture.srcset = still;
    picture.src = link.dataset.src;
    delete picture.dataset.still;
  }
  link.textContent = still === undefined ? words.stopAnimation : link.dataset.play;
}

/**
 * Bring an article to what `made` says, around a player that is open: one that leaves the page for a moment begins anew.
 * False when there is none.
 */
export function mend(old, made) {
  const card = old.querySelector(".card.open");
  const address = card?.querySelector("a").href;
  const next = card && [...made.querySelectorAll("a[data-frame]")].find((link) => link.href === address)?.closest(".card");
  if (!next) return false;
  for (const { name, value } of made.attributes) old.setAttribute(name, value);
  graft(old, made, card, next);
  return true;
}

function graft(to, from, kept, like) {
  const [holder, mould] = [[...to.children].find((one) => one.contains(kept)), [...from.children].find((one) => one.contains(like))];
  for (const node of [...to.childNodes]) if (node !== holder) node.remove();
  const nodes = [...from.childNodes];
  const at = nodes.indexOf(mould);
  holder.before(...nodes.slice(0, at));
  holder.after(...nodes.slice(at + 1));
  if (holder !== kept) graft(holder, mould, kept, like);
}
