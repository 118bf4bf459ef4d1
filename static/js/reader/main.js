// The live page: keeps what the server rendered true. Puts the pieces together.

import { lineIs, noteArrivals, remember, sinceLastVisit, watchAbsence } from "./absence.js";
import { alertFrom, alertTo } from "./alerts.js";
import { keepTime, tick } from "./clock.js";
import { connect } from "./connection.js";
import { $ } from "./elements.js";
import { embedsFrom } from "./embeds.js";
import { Gate } from "./gate.js";
import { putMoments } from "./moments.js";
import { pauseWith } from "./pause.js";
import { Follower } from "./protocol.js";
import { server } from "./server.js";
import { shareFrom } from "./share.js";
import { categories, know, putBoard } from "./standing.js";
import { steadily } from "./steady.js";
import { atTop, foldPreview, isEmpty, newestTime, putPosts, reach, reveal, settle, waiting } from "./story.js";
import { isSafe, isTold, veil, veilFrom } from "./veil.js";
import { words } from "./words.js";

const { blog: slug, epoch, seq } = $("live").dataset;
const facts = JSON.parse($("facts").textContent);
let blog = facts.blog;
know(facts.categories);

// -- the blog

function putBlog(next) {
  if (blog.status === "preview" && next.status !== "preview") foldPreview();
  blog = next;
  $("title").textContent = blog.title;
  $("summary").textContent = blog.summary;
  $("summary").hidden = !blog.summary;
  $("status").className = `status ${blog.status}`;
  $("status").textContent = facts.labels.status[blog.status] ?? "";
  $("zone").dataset.zone = blog.timezone;
  if ($("connection").dataset.state) showLine($("connection").dataset.state);
}

// -- applying

const of = (objects, kind) => objects.filter((object) => object.kind === kind && !object.removed);

/** What came, shown or not yet: those who asked to be told are told, and a paused page counts it. */
function receive(objects, reset) {
  alertTo(of(objects, "category"));
  gate.take(objects, reset);
  recount();
}

/** Bring the page to what the objects say; with `reset` they are the whole state. */
function apply(objects, reset) {
  steadily(() => put(objects, reset), !atTop());
}

function put(objects, reset) {
  const posts = of(objects, "post");
  noteArrivals(posts);
  of(objects, "blog").forEach(putBlog);
  const news = putBoard(objects, blog.order);
  putMoments(posts, reset);
  const arrived = putPosts(posts, blog, reset);
  putFresh();
  veil();
  tick(blog.timezone);
  const n = count();
  if (news.length) say(news.map(({ category, text }) => (isSafe() && !isTold(category.id) ? words.changed(category.name) : text)).join(". "));
  else if (arrived) say(words.newUpdates(n || arrived));
}

function putFresh() {
  const newest = newestTime();
  $("fresh").hidden = !newest;
  if (newest) $("updated").dateTime = newest;
  $("empty").hidden = !isEmpty();
}

// -- what waits

const say = (text) => { $("said").textContent = text; };

function count() {
  const n = waiting();
  $("new").hidden = n === 0;
  if (n) $("new").textContent = words.newUpdates(n);
  if (!gate.paused) putTitle(n);
  return n;
}

function putTitle(n) {
  document.title = n ? `(${n}) ${blog.title}` : blog.title;
}

function goToNew() {
  const first = reveal();
  if (first) reach(first.dataset.id);
  count();
}

function look() {
  if (!gate.paused) settle();
  count();
}

$("new").addEventListener("click", goToNew);
addEventListener("scroll", look, { passive: true });
document.addEventListener("visibilitychange", look);

// -- the line

function showLine(state) {
  const line = $("connection");
  line.dataset.state = state;
  const text = state === "live" && blog.status === "ended" ? "" : words.line[state]; // nothing more is promised then
  if (line.textContent !== text) line.textContent = text;
  lineIs(state);
  if (state === "live" && !gate.paused) remember(follower.position);
}

const gate = new Gate(apply);
const { changes, poll, state } = server(slug);
const follower = new Follower({ position: { epoch, seq: Number(seq) }, apply: receive, fetchChanges: changes, fetchState: state });
const recount = pauseWith(gate, categories, { zoneOf: () => blog.timezone, say, changed: (n) => (gate.paused ? putTitle(n) : look()) });

function start() {
  veilFrom(slug, categories);
  keepTime(() => blog.timezone);
  shareFrom(say);
  embedsFrom();
  alertFrom(slug, blog.title, facts.categories);
  watchAbsence(slug, categories, say);
  sinceLastVisit(changes, follower.position).catch(() => {}); // the line tells how it is
  connect({ slug, follower, poll, show: showLine });
  requestAnimationFrame(() => setTimeout(look)); // asks for the layout: after the first paint there is one
}

/** An address with a post that has passed on to an older page: the post's own page has it. */
const [, wanted] = location.hash.match(/^#post-([\w-]+)$/) ?? [];
if (wanted && !reach(wanted)) location.replace(`${location.pathname}/posts/${wanted}`);
else start();
