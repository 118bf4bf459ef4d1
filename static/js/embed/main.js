// The live blog in a frame: the same line, the same protocol and the same rows as the live page; fewer posts, no choices.

import { keepTime, tick } from "../reader/clock.js";
import { connect } from "../reader/connection.js";
import { $, parse, swap } from "../reader/elements.js";
import { embedsFrom } from "../reader/embeds.js";
import { Follower } from "../reader/protocol.js";
import { server } from "../reader/server.js";
import { know, putBoard } from "../reader/standing.js";
import { words } from "../reader/words.js";
import { fate, surplus } from "./posts.js";
import { tellHeight } from "./size.js";

const { blog: slug, epoch, seq, view, post: only, most } = $("live").dataset;
const list = $("posts");
const limits = { most: view === "board" ? 0 : Number(most), only };
const facts = JSON.parse($("facts").textContent);
let blog = facts.blog;
know(facts.categories);

const placeOf = (article) => Number(article.dataset.place);
const shown = () => new Map([...list.children].map((article) => [article.dataset.id, placeOf(article)]));

function apply(objects, reset) {
  const of = (kind) => objects.filter((object) => object.kind === kind);
  if (reset) {
    const kept = new Set(of("post").filter((post) => !post.retracted).map((post) => post.id));
    for (const article of [...list.children]) if (!kept.has(article.dataset.id)) article.remove();
  }
  of("blog").forEach(putBlog);
  const news = putBoard(objects, blog.order);
  const arrived = of("post").sort((one, two) => one.seq - two.seq).filter(putPost).length;
  for (const id of surplus(shown(), limits.most)) $(`post-${id}`).remove();
  $("empty").hidden = Boolean(list.children.length || only);
  tick(blog.timezone);
  if (news.length) $("said").textContent = news.map(({ text }) => text).join(". ");
  else if (arrived) $("said").textContent = words.newUpdates(arrived);
}

function putBlog(next) {
  blog = next;
  $("title").textContent = blog.title;
  $("status").className = `status ${blog.status}`;
  $("status").textContent = facts.labels.status[blog.status] ?? "";
}

/** True for one that is new here. */
function putPost(post) {
  const made = post.retracted ? null : parse(post.html);
  const what = fate(post, made ? placeOf(made) : 0, shown(), limits);
  const old = $(`post-${post.id}`);
  if (what === "remove") old.remove();
  if (what === "replace") swap(old, made);
  if (what !== "insert") return false;
  made.classList.add("arrived");
  list.insertBefore(made, [...list.children].find((other) => placeOf(other) < placeOf(made)) ?? null);
  return true;
}

function show(state) {
  $("connection").dataset.state = state;
  $("connection").textContent = state === "live" ? "" : words.line[state];
}

const { changes, poll, state } = server(slug);
const follower = new Follower({ position: { epoch, seq: Number(seq) }, apply, fetchChanges: changes, fetchState: state });
tellHeight();
embedsFrom();
keepTime(() => blog.timezone);
connect({ slug, follower, poll, show });
