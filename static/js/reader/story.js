// The posts on the page: the list, newest first, and the pinned place. What arrives while somebody reads is held back.
//
// The list is bounded, also while nobody scrolls: besides the posts that are shown, only the newest page of those held
// back is in the document. The rest has passed on to older pages, and is counted.

import { $, element, parse, swap } from "./elements.js";
import { cutAt, PAGE } from "./paging.js";
import { words } from "./words.js";

const list = $("posts");
const slot = $("pin");
const AWAY = 120; // px of the list above the screen, from which on arrivals are held back
const older = $("older");
const placeOf = (article) => Number(article.dataset.place);
const articles = () => [...document.querySelectorAll("#pin article, #posts article")];
const heldBack = () => [...list.querySelectorAll("article[hidden]")];
const isLong = (article) => article.classList.contains("preview");
const shown = (id) => $(`post-${id}`);

let cut = Number($("live").dataset.cut); // posts up to this place stand on older pages
let newest = Math.max(cut, ...articles().map(placeOf)); // place of the newest post that was heard of
let newestAt = articles().map((article) => article.dataset.published).sort().at(-1);
let pinned = slot.querySelector("article")?.dataset.id;
let fold = false; // the preview waits to be folded until nobody reads below it
let first = null; // id of the first post that the reader missed
const unseen = new Set(); // ids of posts that are held back, in the document or not

/** The newest post is in sight, or still to come: what arrives now moves nothing that somebody reads. */
export const atTop = () => !document.hidden && layoutTop(list) - scrollY > -AWAY;

/** Where an element stands in the document, wherever it is drawn while it glides. */
function layoutTop(element) {
  let top = 0;
  for (let each = element; each; each = each.offsetParent) top += each.offsetTop;
  return top;
}

// -- putting posts in

/** Bring the posts to what the objects say, in the blog as it is now. Answers with how many are new. */
export function putPosts(posts, blog, reset) {
  if (reset) forget(posts);
  pinned = blog.pinned;
  const hold = !atTop();
  const arrived = posts.filter((post) => put(post, hold)).length;
  putPin(blog.status === "preview");
  passOn();
  settle();
  markFirst(first);
  return arrived;
}

function forget(posts) {
  const there = posts.filter((post) => !post.retracted);
  const kept = new Set(there.map((post) => post.id));
  for (const article of articles()) if (!kept.has(article.dataset.id)) article.remove();
  for (const id of unseen) if (!kept.has(id)) unseen.delete(id);
  newest = Math.max(0, ...there.map((post) => placeOf(parse(post.html))));
  newestAt = there.map((post) => post.published_at).sort().at(-1);
  cut = Math.min(cut, cutAt(newest));
}

/** One post: taken away, replaced, or new (true). */
function put(post, hold) {
  const old = shown(post.id);
  if (post.retracted) {
    unseen.delete(post.id);
    return old?.remove();
  }
  const made = parse(post.html);
  const place = placeOf(made);
  const isNew = place > newest;
  if (isNew) [newest, newestAt] = [place, post.published_at];
  if (old) {
    made.hidden = old.hidden;
    swap(old, made);
    return false;
  }
  if (place <= cut && post.id !== pinned) return false; // stands on an older page
  const held = hold && post.id !== pinned;
  if (held && isNew) unseen.add(post.id);
  if (held && !isNew && !unseen.has(post.id) && place > topShown()) return false; // was passed on before
  made.hidden = held && place > topShown();
  if (!made.hidden) made.classList.add("arrived");
  insert(made);
  return isNew && post.id !== pinned;
}

const topShown = () => Math.max(cut, ...[...list.querySelectorAll("article:not([hidden])")].map(placeOf));

/** Of what is held back, only the newest page stays here. */
function passOn() {
  const until = cutAt(newest);
  for (const article of heldBack()) if (placeOf(article) <= until) article.remove();
}

/** Into the list, newest first. */
function insert(made) {
  const after = [...list.children].find((other) => placeOf(other) < placeOf(made));
  list.insertBefore(made, after ?? null);
}

/** The pinned place; before the show a long preview lies open. */
function putPin(before) {
  const now = slot.querySelector("article");
  if (now && now.dataset.id !== pinned) {
    now.remove();
    if (placeOf(now) > cut) insert(now);
  }
  const next = pinned && shown(pinned);
  if (next && next.parentElement !== slot) {
    next.hidden = false;
    unseen.delete(next.dataset.id);
    slot.append(next);
    slot.open = before || !isLong(next);
  }
  slot.hidden = !next;
  slot.classList.toggle("long", Boolean(next) && isLong(next));
  $("pin-title").textContent = next?.querySelector("h2:not(.unseen, .veil *)")?.textContent ?? "";
}

/** The show begins: the preview makes room, once that moves nothing under a reader's eyes. */
export function foldPreview() {
  fold = true;
}

// -- keeping the page as the server would make it now

/** While the reader is at the top: show what was held back, let the oldest go to their page, fold the preview. */
export function settle() {
  const top = atTop();
  document.documentElement.classList.toggle("at-top", top);
  if (!top) return;
  for (const article of heldBack()) {
    article.hidden = false;
    article.classList.add("arrived");
  }
  unseen.clear();
  if (fold && slot.classList.contains("long")) slot.open = false;
  fold = false;
  trim();
}

function trim() {
  cut = Math.max(cut, cutAt(newest));
  for (const article of [...list.children]) if (placeOf(article) <= cut) article.remove();
  const pages = cut / PAGE;
  older.hidden = pages === 0;
  if (pages) older.querySelector("a").href = `${location.pathname}/pages/${pages}`;
}

// -- what stands where

/** How many posts are held back. */
export const waiting = () => unseen.size;
export const isEmpty = () => list.children.length === 0;
export const newestTime = () => newestAt;
/** What is held back was not seen yet: this is the time of the newest post that was shown. */
export const seenTime = () => articles().filter((article) => !article.hidden).map((article) => article.dataset.published).sort().at(-1);

/** Show what was held back, and answer with the newest of it. */
export function reveal() {
  const [top] = heldBack();
  const gap = cutAt(newest) >= topShown(); // what was read has passed on to an older page, and more between
  for (const article of heldBack()) article.hidden = false;
  unseen.clear();
  if (gap) trim();
  return top;
}

/** Go to a post and put the keyboard there; false if it is not on this page. */
export function reach(id) {
  const article = shown(id);
  if (!article) return false;
  if (article.hidden) reveal();
  if (article.closest("details")) article.closest("details").open = true;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  article.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  (article.querySelector(".veil h2") ?? article.querySelector("h2")).focus({ preventScroll: true });
  return true;
}

/** Mark the first post that the reader missed: above it all is new. */
export function markFirst(id) {
  first = id;
  const article = id && shown(id);
  for (const mark of document.querySelectorAll(".since")) if (mark.parentElement !== article) mark.remove();
  if (article && !article.querySelector(".since")) article.append(element("p", words.newSince, { class: "since" }));
}
