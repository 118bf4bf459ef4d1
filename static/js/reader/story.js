// The posts on the page: the list, newest first, and the pinned place. What arrives while somebody reads is held back.

import { $, parse, swap } from "./elements.js";
import { cutAt, PAGE } from "./paging.js";

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
let pinned = slot.querySelector("article")?.dataset.id;
let fold = false; // the preview waits to be folded until nobody reads below it

/** The newest post is in sight, or still to come: what arrives now moves nothing that somebody reads. */
const atTop = () => !document.hidden && list.getBoundingClientRect().top > -AWAY;

// -- putting posts in

/** Bring the posts to what the objects say, in the blog as it is now. Answers with how many are new. */
export function putPosts(posts, blog, reset) {
  if (reset) forget(posts);
  pinned = blog.pinned;
  const hold = !atTop();
  const arrived = posts.filter((post) => put(post, hold)).length;
  putPin(blog.status === "preview");
  settle();
  return arrived;
}

function forget(posts) {
  const kept = new Set(posts.filter((post) => !post.retracted).map((post) => post.id));
  for (const article of articles()) if (!kept.has(article.dataset.id)) article.remove();
  const newest = Math.max(0, ...posts.filter((post) => !post.retracted).map((post) => placeOf(parse(post.html))));
  cut = Math.min(cut, cutAt(newest));
}

/** One post: taken away, replaced, or new (true). */
function put(post, hold) {
  const old = shown(post.id);
  if (post.retracted) return old?.remove();
  const made = parse(post.html);
  if (old) {
    made.hidden = old.hidden;
    swap(old, made);
    return false;
  }
  if (placeOf(made) <= cut && post.id !== pinned) return false; // stands on an older page
  made.hidden = hold && post.id !== pinned;
  if (!made.hidden) made.classList.add("arrived");
  insert(made);
  return post.id !== pinned;
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
    slot.append(next);
    slot.open = before || !isLong(next);
  }
  slot.hidden = !next;
  slot.classList.toggle("long", Boolean(next) && isLong(next));
  $("pin-title").textContent = next?.querySelector("h2:not(.unseen)")?.textContent ?? "";
}

/** The show begins: the preview makes room, once that moves nothing under a reader's eyes. */
export function foldPreview() {
  fold = true;
}

// -- keeping the page as the server would make it now

/** While the reader is at the top: show what was held back, let the oldest go to their page, fold the preview. */
export function settle() {
  if (!atTop()) return;
  for (const article of heldBack()) {
    article.hidden = false;
    article.classList.add("arrived");
  }
  if (fold && slot.classList.contains("long")) slot.open = false;
  fold = false;
  trim();
}

function trim() {
  cut = Math.max(cut, cutAt(Math.max(0, ...articles().map(placeOf))));
  for (const article of [...list.children]) if (placeOf(article) <= cut) article.remove();
  const pages = cut / PAGE;
  older.hidden = pages === 0;
  if (pages) older.querySelector("a").href = `${location.pathname}/pages/${pages}`;
}

// -- what stands where

/** How many posts are held back. */
export const waiting = () => heldBack().length;
export const isEmpty = () => list.children.length === 0;
export const newestTime = () => articles().map((article) => article.dataset.published).sort().at(-1);

/** Show what was held back, and answer with the newest of it. */
export function reveal() {
  const [first] = heldBack();
  for (const article of heldBack()) article.hidden = false;
  return first;
}
