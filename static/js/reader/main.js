// The live page: keeps what the server rendered true. The only module here that touches the page's elements.

import { tally, winnersOf } from "./board.js";
import { connect } from "./connection.js";
import { Follower } from "./protocol.js";
import { relative } from "./times.js";

const root = document.querySelector("#live");
const { blog: slug, epoch, seq, zone, oldest } = root.dataset;
const api = `/api/v1/blogs/${slug}`;
const $ = (id) => document.getElementById(id);
const list = $("posts");
const title = document.title;
const AWAY = 200; // px scrolled, from which on arrivals are held back
const categories = new Map();
let blog = null;

// -- posts

const held = () => [...list.querySelectorAll("article[hidden]")];

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // made by our own server from sanitised Markdown
  return template.content.firstElementChild;
}

const shown = (id) => document.getElementById(`post-${id}`);

function put(post, { hold }) {
  const old = shown(post.id);
  if (post.retracted) return old?.remove();
  const made = parse(post.html);
  if (old) {
    made.hidden = old.hidden;
    keepFocus(old, made, () => old.replaceWith(made));
    return undefined;
  }
  if (oldest && post.published_at < oldest) return undefined; // belongs to an older page
  made.hidden = hold;
  if (!hold) made.classList.add("arrived");
  return place(made);
}

/** Into the list, newest first. */
function place(made) {
  const after = [...list.children].find((other) => other.dataset.published < made.dataset.published);
  list.insertBefore(made, after ?? null);
}

function keepFocus(old, made, swap) {
  const had = old.contains(document.activeElement);
  swap();
  if (had) made.querySelector("h2, h3")?.focus({ preventScroll: true });
}

function reveal() {
  const waiting = held();
  for (const article of waiting) {
    article.hidden = false;
    article.classList.add("arrived");
  }
  count();
  return waiting[0];
}

function count() {
  const n = held().length;
  const text = n === 1 ? "1 new update" : `${n} new updates`;
  $("new").hidden = n === 0;
  if ($("new").textContent !== text) $("new").textContent = text;
  document.title = n ? `(${n}) ${title}` : title;
  $("empty").hidden = list.children.length > 0;
  return n ? text : "";
}

$("new").addEventListener("click", () => {
  const first = reveal();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  first?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  first?.querySelector("h2")?.focus({ preventScroll: true });
});
addEventListener("scroll", () => { if (scrollY < AWAY / 2 && held().length) reveal(); }, { passive: true });

// -- the blog and its board

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function putCategory(category) {
  categories.set(category.id, category);
  const old = $(`category-${category.id}`);
  const made = parse(category.html);
  if (old) old.replaceWith(made);
  else $("board").append(made);
  for (const kicker of document.querySelectorAll(`a[data-category="${CSS.escape(category.id)}"]`)) kicker.textContent = category.name;
}

function putBlog(next) {
  blog = next;
  $("title").textContent = blog.title;
  $("summary").textContent = blog.summary;
  $("status").className = `status ${blog.status}`;
  $("status").textContent = { preview: "Before the show", live: "Live", ended: "Ended" }[blog.status] ?? "";
  for (const id of blog.order) {
    const row = $(`category-${id}`);
    if (row) $("board").append(row);
  }
}

function putPin() {
  const slot = $("pinned");
  const now = slot.querySelector("article");
  if ((now?.dataset.id ?? undefined) === blog.pinned) return;
  if (now) {
    now.remove();
    if (!oldest || now.dataset.published >= oldest) place(now);
  }
  const next = blog.pinned && shown(blog.pinned);
  if (next) {
    next.hidden = false;
    slot.append(next);
  }
}

function putDerived() {
  const inOrder = blog.order.map((id) => categories.get(id)).filter(Boolean);
  const rows = tally(inOrder, blog.film);
  $("tally-own").hidden = !(blog.film && rows.length);
  if (blog.film && rows.length) {
    $("tally-own").replaceChildren(element("cite", rows[0].film), ": ", element("strong", `${rows[0].won} of ${rows[0].nominated}`));
  }
  $("tally").replaceChildren(...rows.filter((row) => row.won && row.film !== blog.film).map((row) => {
    const item = element("li", "");
    item.append(element("cite", row.film), `: ${row.won} of ${row.nominated}`);
    return item;
  }));
  const decided = inOrder.filter((category) => category.winners.length);
  $("winners").hidden = decided.length === 0;
  $("winners").querySelector("ul").replaceChildren(...decided.map((category) => {
    const item = element("li", "");
    const names = winnersOf(category).flatMap((winner, n) => [n ? ", " : "", element("strong", winner.name)]);
    item.append(element("a", category.name, { href: `#category-${category.id}` }), ": ", ...names);
    return item;
  }));
}

// -- applying

/** Bring the page to what the objects say; with `reset` they are the whole state. */
function apply(objects, reset) {
  if (reset) {
    const kept = new Set(objects.filter((o) => !o.retracted).map((o) => o.id));
    for (const article of document.querySelectorAll("article[data-id]")) if (!kept.has(article.dataset.id)) article.remove();
    for (const row of document.querySelectorAll("li.category")) if (!kept.has(row.dataset.id)) row.remove();
  }
  const hold = scrollY > AWAY;
  const news = [];
  for (const object of objects) {
    if (object.kind === "category") {
      const before = categories.get(object.id)?.winners.join() ?? "";
      putCategory(object);
      if (object.winners.length && object.winners.join() !== before) news.push(`${object.name}: ${winnersOf(object).map((w) => w.name).join(", ")}`);
    }
  }
  const arrived = objects.filter((o) => o.kind === "post" && !o.retracted && !shown(o.id) && !(oldest && o.published_at < oldest));
  for (const object of objects) if (object.kind === "post") put(object, { hold });
  for (const object of objects) if (object.kind === "blog") putBlog(object);
  if (blog) {
    putPin();
    putDerived();
  }
  const waiting = count();
  if (arrived.length) {
    const last = arrived.reduce((a, b) => (a.published_at > b.published_at ? a : b));
    $("updated").dateTime = last.published_at;
    $("updated").hidden = false;
  }
  tick();
  const few = arrived.length === 1 ? "1 new update" : `${arrived.length} new updates`;
  if (news.length || arrived.length) $("said").textContent = news.length ? news.join(". ") : waiting || few;
}

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function wholeState() {
  const state = await get(api);
  return { ...state, objects: [state.blog, ...state.categories, ...state.posts] };
}

const changed = ({ epoch: e, seq: after }, wait) =>
  get(`${api}/changes?epoch=${encodeURIComponent(e)}&after=${after}${wait ? `&wait=${wait}` : ""}`);

function show(state) {
  const line = $("connection");
  line.hidden = false;
  line.dataset.state = state;
  const words = { live: "Connected", reconnecting: "Reconnecting…", "catching up": "Catching up…", polling: "Checking for updates" };
  if (line.textContent !== words[state]) line.textContent = words[state];
}

// -- times

function tick() {
  const now = Date.now();
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    time.title ||= at.toLocaleString([], { timeZone: zone, dateStyle: "medium", timeStyle: "short" }) + ` (${zone})`;
    time.textContent = relative(at.getTime(), now) ?? at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  }
}

const follower = new Follower({
  position: { epoch, seq: Number(seq) },
  apply,
  fetchChanges: (position) => changed(position, 0),
  fetchState: wholeState,
  onBusy: (busy) => { if (busy && $("connection").dataset.state !== "polling") show("catching up"); else if (!busy && $("connection").dataset.state === "catching up") show("live"); },
});

// The board's facts come once from the state; the page itself is already complete.
async function begin() {
  const state = await wholeState().catch(() => null);
  if (state) {
    for (const category of state.categories) categories.set(category.id, category);
    blog = state.blog;
    follower.take({ ...state, reset: state.epoch !== epoch });
  }
  connect({ slug, follower, show, changed });
}

setInterval(tick, 15000);
tick();
begin();
