// The live page: keeps what the server rendered true. Puts the pieces together.

import { keepTime, tick } from "./clock.js";
import { connect } from "./connection.js";
import { $ } from "./elements.js";
import { Follower } from "./protocol.js";
import { server } from "./server.js";
import { forget, know, putCategory, putDerived, putOrder } from "./standing.js";
import { foldPreview, isEmpty, newestTime, putPosts, reveal, settle, waiting } from "./story.js";

const { blog: slug, epoch, seq } = $("live").dataset;
const facts = JSON.parse($("facts").textContent);
let blog = facts.blog;
know(facts.categories);

// -- the blog

const STATUS = { preview: "Before the show", live: "Live", ended: "Ended" };

function putBlog(next) {
  if (blog.status === "preview" && next.status !== "preview") foldPreview();
  blog = next;
  $("title").textContent = blog.title;
  $("summary").textContent = blog.summary;
  $("summary").hidden = !blog.summary;
  $("status").className = `status ${blog.status}`;
  $("status").textContent = STATUS[blog.status] ?? "";
  if ($("connection").dataset.state) show($("connection").dataset.state);
}

// -- applying

/** Bring the page to what the objects say; with `reset` they are the whole state. */
function apply(objects, reset) {
  const of = (kind) => objects.filter((object) => object.kind === kind);
  if (reset) forget(new Set(of("category").map((category) => category.id)));
  of("blog").forEach(putBlog);
  const news = of("category").map(putCategory).filter(Boolean);
  putOrder(blog.order);
  putDerived(blog);
  const arrived = putPosts(of("post"), blog, reset);
  putFresh();
  tick(blog.timezone);
  const n = count();
  if (news.length) say(news.join(". "));
  else if (arrived) say(updates(n || arrived));
}

function putFresh() {
  const newest = newestTime();
  $("fresh").hidden = !newest;
  if (newest) $("updated").dateTime = newest;
  $("empty").hidden = !isEmpty();
}

// -- what waits

const updates = (n) => (n === 1 ? "1 new update" : `${n} new updates`);
const say = (text) => { $("said").textContent = text; };

function count() {
  const n = waiting();
  $("new").hidden = n === 0;
  if (n) $("new").textContent = updates(n);
  document.title = n ? `(${n}) ${blog.title}` : blog.title;
  return n;
}

function goToNew() {
  const first = reveal();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  first?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  first?.querySelector("h2")?.focus({ preventScroll: true });
  count();
}

function look() {
  settle();
  count();
}

$("new").addEventListener("click", goToNew);
addEventListener("scroll", look, { passive: true });
document.addEventListener("visibilitychange", look);

// -- the line

const WORDS = {
  live: "Updates arrive by themselves",
  reconnecting: "Reconnecting…",
  "catching up": "Catching up…",
  polling: "Checking for updates every few seconds",
  gone: "This live blog is not here any more",
};

function show(state) {
  const line = $("connection");
  line.dataset.state = state;
  const words = state === "live" && blog.status === "ended" ? "" : WORDS[state]; // nothing more is promised then
  if (line.textContent !== words) line.textContent = words;
}

const { changes, poll, state } = server(slug);
const follower = new Follower({ position: { epoch, seq: Number(seq) }, apply, fetchChanges: changes, fetchState: state });
keepTime(() => blog.timezone);
connect({ slug, follower, poll, show });
