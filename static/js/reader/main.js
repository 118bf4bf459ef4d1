// The live page: keeps what the server rendered true. Puts the pieces together.

import { Absence } from "./absence.js";
import { Alerts } from "./alerts.js";
import { followAddress } from "./asked_post.js";
import { Board } from "./board.js";
import { keepTime, tick } from "./clock.js";
import { Connection } from "./connection.js";
import { $, around, opensHere } from "./elements.js";
import { embedsFrom } from "./embeds.js";
import { keepPlace } from "./keep_place.js";
import { glideLayout } from "./layout_glide.js";
import { Latest } from "./latest.js";
import { putMasthead } from "./masthead.js";
import { Moments } from "./moments.js";
import { ofKind } from "./objects.js";
import { rememberOrder } from "./order.js";
import { preparePaper } from "./paper.js";
import { pauseWith } from "./pause.js";
import { PauseQueue } from "./pause_queue.js";
import { largePicturesFrom } from "./picture_links.js";
import { PostList } from "./post_list.js";
import { Follower } from "./protocol.js";
import { anchored, keepAnchored } from "./scroll_anchor.js";
import { server } from "./server.js";
import { scrollersFrom } from "./scrollers.js";
import { shareFrom } from "./share.js";
import { hidesResultOf, hideSpoilers, offerChoice, startSpoilerView, titleNow } from "./spoiler_view.js";
import { words, write } from "./words.js";

/**
 * @import { Announcement } from "./board.js"
 * @import { ConnectionState } from "./connection.js"
 * @import { Apply, Blog, Facts, PublicObject } from "./wire.d.ts"
 */

const { blog: slug = "", epoch = "", seq, mark } = $("live").dataset;
/** @type {Facts} */
const facts = JSON.parse($("facts").textContent ?? "");
let { blog } = facts;
const board = new Board(facts.categories);
const postList = new PostList();
const moments = new Moments();
const latest = new Latest();

// -- the blog

/** @param {Blog} next */
function putBlog(next) {
  if (blog.status === "preview" && next.status !== "preview") postList.fold();
  blog = next;
  putMasthead(blog, facts.labels);
  for (const id of ["pause", "alerts"]) $(id).hidden = blog.status === "ended"; // nothing more is announced then
  if (blog.status === "ended") $("alerts-panel").hidden = true;
  if (connection) showConnection(connection);
}

// -- applying

/**
 * What came, shown or not yet: those who want notifications get them, and a paused page counts it.
 * @type {Apply}
 */
function receive(objects, reset, tally) {
  alerts.take(ofKind(objects, "category"));
  queue.take(objects, reset, tally);
  recount();
}

/**
 * Bring the page to what the objects say; with `reset` they are the whole state.
 * @type {Apply}
 */
function apply(objects, reset, tally) {
  const top = postList.atTop; // asked before anything moves
  glideLayout(() => keepPlace(() => put(objects, reset, tally, top)), !top);
}

/** @param {PublicObject[]} objects @param {boolean} reset @param {string | undefined} tally @param {boolean} top */
function put(objects, reset, tally, top) {
  const posts = ofKind(objects, "post");
  absence.note(posts);
  ofKind(objects, "blog").forEach(putBlog);
  const news = board.put(objects, blog.order, tally);
  moments.put(posts, reset);
  const arrived = postList.put(posts, blog, reset, top);
  latest.put(posts, postList.newest);
  putFresh();
  hideSpoilers(posts);
  tick(blog.timezone);
  count();
  if (news.length) $("said").textContent = news.map(inWords).join(". ");
  else if (arrived) say(words.newUpdates(postList.unseen || arrived));
}

/** @param {Announcement} news */
const inWords = ({ category, text, quiet }) => (hidesResultOf(category.id) ? quiet : text);

function putFresh() {
  const newest = latest.publishedAt;
  $("fresh").hidden = !newest;
  if (newest) $("updated").setAttribute("datetime", newest);
  $("empty").hidden = !postList.isEmpty;
}

// -- what is unseen

/** @param {string} text */
const say = (text) => write($("said"), text);

function count() {
  const n = postList.unseen;
  $("new").hidden = n === 0;
  if (n) write($("new"), words.newUpdates(n));
  if (!queue.paused) putTitle(n);
  absence.noteSeen();
}

/** @param {number} n */
function putTitle(n) {
  document.title = n ? `(${n}) ${titleNow()}` : titleNow();
}

function goToNew() {
  /** @type {string | undefined} */
  let id;
  anchored(() => { id = postList.reveal()?.dataset.id; });
  if (id) postList.reach(id);
  count();
}

function look() {
  keepPlace(() => {
    if (!queue.paused) postList.settle();
    count();
  });
}

/** A link to a post that stands on this page leads there. @param {MouseEvent} event */
function stayHere(event) {
  const id = around(event, "a[data-post]")?.dataset.post;
  if (id && opensHere(event) && postList.reach(id)) event.preventDefault();
}

$("live").addEventListener("click", stayHere);
$("new").addEventListener("click", goToNew);
addEventListener("scroll", look, { passive: true });
document.addEventListener("visibilitychange", look);
addEventListener("spoilers", count);

// -- the connection

/** @type {ConnectionState | undefined} */
let connection;

/** @param {ConnectionState} now */
function showConnection(now) {
  connection = now;
  $("connection").dataset.state = now;
  const promises = now !== "live" || blog.status !== "ended"; // nothing more comes then
  write($("connection"), promises ? words.connection[now] : "");
  absence.connectionIs(now);
  if (now === "live") absence.remember();
}

const queue = new PauseQueue(apply);
const { changes, poll, state } = server(slug);
const position = { epoch, seq: Number(seq), mark };
const follower = new Follower({ position, apply: receive, fetchChanges: changes, fetchState: state });
const alerts = new Alerts(slug, titleNow, facts.categories);
const absence = new Absence(slug, board.categories, postList, say, allSeen);
const recount = pauseWith(queue, {
  postList,
  categories: board.categories,
  zoneOf: () => blog.timezone,
  say,
  changed: (n) => (queue.paused ? putTitle(n) : look()),
});

/** The position of the page, if the reader has seen all that it has. */
function allSeen() {
  return queue.paused || postList.unseen ? null : follower.position;
}

function start() {
  startSpoilerView(facts, board.categories, () => import("./spoilers.bundle.js"));
  offerChoice();
  keepTime(() => blog.timezone);
  shareFrom(say);
  embedsFrom();
  keepAnchored();
  largePicturesFrom(() => import("./large_picture.bundle.js"));
  scrollersFrom();
  preparePaper();
  alerts.start();
  absence.start();
  rememberOrder();
  absence.sinceLastVisit(changes).catch(() => {}); // the connection's state is shown
  new Connection({ slug, follower, poll, show: showConnection }).open();
  document.documentElement.classList.add("started"); // pictures may load now (pictures.css)
  requestAnimationFrame(() => setTimeout(look)); // asks for the layout: after the first paint there is one
}

await globalThis.shown;
followAddress(postList, say).then((leaves) => { if (!leaves) start(); });
