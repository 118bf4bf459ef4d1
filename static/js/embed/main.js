// The live blog in a frame: the same connection, protocol, board and posts as the live page; fewer posts, no choices.

import { Board } from "../reader/board.js";
import { keepTime, tick } from "../reader/clock.js";
import { Connection } from "../reader/connection.js";
import { $, all, parse, placeOf } from "../reader/elements.js";
import { embedsFrom } from "../reader/embeds.js";
import { keepPlace } from "../reader/keep_place.js";
import { putTitleAndStatus } from "../reader/masthead.js";
import { ofKind } from "../reader/objects.js";
import { Follower } from "../reader/protocol.js";
import { scrollersFrom } from "../reader/scrollers.js";
import { server } from "../reader/server.js";
import { hidesResultOf, hideSpoilers, startSpoilerView } from "../reader/spoiler_view.js";
import { swap } from "../reader/swap.js";
import { words, write } from "../reader/words.js";
import { fate, surplus } from "./posts.js";
import { tellHeight } from "./size.js";

/**
 * @import { Announcement } from "../reader/board.js"
 * @import { ConnectionState } from "../reader/connection.js"
 * @import { Apply, Blog, Facts, Post } from "../reader/wire.d.ts"
 */

const { blog: slug = "", epoch = "", seq, mark, view, post: only = "", most } = $("live").dataset;
const list = $("posts");
const limits = { most: view === "board" ? 0 : Number(most), only };
/** @type {Facts} */
const facts = JSON.parse($("facts").textContent ?? "");
let { blog } = facts;
const board = new Board(facts.categories);

const articles = () => all("article", list);
const shown = () => new Map(articles().map((article) => [article.dataset.id ?? "", placeOf(article)]));

/** @type {Apply} */
function put(objects, reset, tally) {
  const posts = ofKind(objects, "post");
  if (reset) keepOnly(posts);
  ofKind(objects, "blog").forEach(putBlog);
  const news = board.put(objects, blog.order, tally);
  const arrived = posts.sort((one, two) => one.seq - two.seq).filter(putPost).length;
  for (const id of surplus(shown(), limits.most)) $(`post-${id}`).remove();
  $("empty").hidden = Boolean(articles().length || only);
  hideSpoilers(posts);
  tick(blog.timezone);
  if (news.length) $("said").textContent = news.map(inWords).join(". ");
  else if (arrived) write($("said"), words.newUpdates(arrived));
}

/** @param {Announcement} news */
const inWords = ({ category, text, quiet }) => (hidesResultOf(category.id) ? quiet : text);

/** The whole state came: what is not in it is gone. @param {Post[]} posts */
function keepOnly(posts) {
  const kept = new Set(posts.filter((post) => !post.retracted).map((post) => post.id));
  for (const article of articles()) if (!kept.has(article.dataset.id ?? "")) article.remove();
}

/** @param {Blog} next */
function putBlog(next) {
  blog = next;
  putTitleAndStatus(blog, facts.labels);
}

/** @param {Post} post @returns {boolean} whether it is new here */
function putPost(post) {
  const made = parse(post.retracted ? "<p></p>" : post.html);
  const what = fate(post, placeOf(made), shown(), limits);
  if (what === "remove") $(`post-${post.id}`).remove();
  if (what === "replace") swap($(`post-${post.id}`), made);
  if (what !== "insert") return false;
  made.classList.add("arrived");
  list.insertBefore(made, articles().find((other) => placeOf(other) < placeOf(made)) ?? null);
  return true;
}

/** @param {ConnectionState} state */
function show(state) {
  $("connection").dataset.state = state;
  write($("connection"), state === "live" ? "" : words.connection[state]);
}

const { changes, poll, state } = server(slug);
const position = { epoch, seq: Number(seq), mark };
/** @type {Apply} */
const apply = (...message) => keepPlace(() => put(...message));
const follower = new Follower({ position, apply, fetchChanges: changes, fetchState: state });
tellHeight();
embedsFrom();
scrollersFrom();
startSpoilerView(facts, board.categories, () => import("../reader/spoilers.bundle.js"));
keepTime(() => blog.timezone);
new Connection({ slug, follower, poll, show }).open();
