// The desk's screen: puts its parts together. Each part shows the state and sends acts; the outbox carries them; the
// line keeps the state true.

import { attempt, newKey, Refused, send, Session } from "./api.js";
import { guard } from "./arming.js";
import { board } from "./board.js";
import { composer } from "./composer.js";
import { Courier } from "./courier.js";
import { drafts } from "./drafts.js";
import { feedback } from "./feedback.js";
import { keys } from "./help.js";
import { history } from "./history.js";
import { follow } from "./line.js";
import { night } from "./night.js";
import { Notes } from "./notes.js";
import { parts } from "./parts.js";
import { seqIn } from "./outbox.js";
import { Rows } from "./rows.js";
import { openShelf, turns } from "./shelf.js";
import { prepared, State } from "./state.js";
import { thisTab } from "./tab.js";
import { timeline } from "./timeline.js";
import { told } from "./told.js";
import { uploader } from "./upload.js";
import { waiting } from "./waiting.js";

guard(document);
const $ = (selector) => document.querySelector(selector);
const root = $("#desk");
const { blog: slug, csrf, who } = root.dataset;
const session = new Session(csrf, `/desk/${slug}/session`, who);
const tell = told($("#told"));

const desk = {
  slug,
  who,
  editor: root.dataset.editor === "yes",
  state: new State(), // what readers have
  drafts: new State(), // what only the desk has
  /** @type {import("./desk.d.ts").Person[]} */
  people: [],
  rows: new Rows(),
  turnTo: parts(root, $(".tabs")),
  seqOf: (subject) => (desk.state.objects.get(subject) ?? desk.drafts.objects.get(subject))?.seq,
  prepared: (category, nominee) => prepared(desk.drafts.drafts, category, nominee),
  preparedVersion: (category) =>
    category.nominees.map((nominee) => desk.prepared(category, nominee)?.seq ?? 0).join(" "),
  /** Who else is editing an object, in words; empty for nobody. */
  editing(ref) {
    const names = desk.people.filter((one) => one.editing === ref && one.name !== who).map((one) => one.name);
    return names.length ? `${[...new Set(names)].join(" and ")} ${names.length > 1 ? "are" : "is"} editing this.` : "";
  },
  refusal: (problem) => new Refused(problem ?? {}).message,
  /** Ask the API about this blog; throws Refused. */
  async read(path) {
    const answer = await fetch(`/api/v1/blogs/${slug}${path}`,
      { headers: { Accept: "application/json" }, cache: "no-store" }).catch(() => null);
    const value = await answer?.json().catch(() => null);
    if (!answer?.ok || !value) throw new Refused(value ?? { detail: "No connection. Try again in a moment." });
    return value;
  },
  /** Pictures do not wait in the outbox: they would fill the browser's store. */
  upload: uploader(session, `/api/v1/blogs/${slug}/media`),
  send: (method, path, body, options) => send(method, path, body, { session, ...options }),
  /**
   * Put an act on this blog into the outbox: {kind, method, path, body?, match?, subject?, words, edit?}.
   * @returns its answer, once the desk shows what came of it; {kept: true} when it has to wait; throws Refused
   */
  async act(act) {
    const key = newKey();
    const { n, settled, stuck } = await desk.courier.place({ key, subject: `new:${key}`, ...act });
    const refused = (one) => ({ refused: one });
    const end = await Promise.race([settled.then((answer) => ({ answer }), refused),
      stuck.then(() => ({ kept: true }))]);
    if (end.kept) {
      settled.then(() => { desk.line.refresh(); tell(`Sent: ${act.words}`); }, () => {});
      return end;
    }
    if (end.refused) {
      await desk.courier.remove(n); // told where it was pressed, and its text is still there
      throw new Refused(end.refused.problem);
    }
    const seq = seqIn(end.answer, act.subject);
    // the line may have told already
    if (seq === undefined || !(desk.seqOf(act.subject) >= seq)) await desk.line.refresh();
    return end.answer;
  },
};

const shelf = await openShelf();
const others = globalThis.BroadcastChannel && new BroadcastChannel(`liveblog-outbox-${slug}`);
desk.courier = new Courier({
  slug, who, shelf,
  lock: turns(shelf, `liveblog-outbox-${slug}`),
  seqOf: desk.seqOf,
  attempt: (act) => attempt(act.method, `/api/v1/blogs/${slug}${act.path}`, act.body,
    { session, match: act.match, key: act.key }),
  renew: async () => ({ changed: await session.renew(), who: session.name }),
  online: () => navigator.onLine,
  announce: () => others?.postMessage("changed"),
  changed(acts, state) {
    desk.rows.wait(acts.filter((act) => act.state === "waiting" && Date.now() - act.made > 1000)
      .map((act) => act.subject));
    outbox(acts, state);
  },
});
others?.addEventListener("message", () => desk.courier.refresh());

const writing = composer(desk,
  { form: $("#composer"), title: $("#composer-title"), section: $("#preview"), list: $("#names"), asides: $("#aside"),
    tell });
const outbox = waiting(desk, { section: $("#outbox"), list: $("#acts"), title: $("#outbox-title") }, {
  take: writing.take,
  async compare(act) {
    const went = await writing.settle(act.edit, act.problem.current, act.edit.text.correction);
    if (went !== "Not saved.") await desk.courier.remove(act.n);
    tell(went);
  },
});
desk.history = history(desk, { restored: () => tell("Restored.") });
desk.published = (post) => {
  desk.sent = post.seq;
  delivered();
};
desk.undo = (post) => ({
  label: "Undo (U)", ms: 10_000,
  async act() {
    tell("Taking it back…");
    try {
      const answer = await desk.act({ kind: "undo", method: "POST", path: `/posts/${post.id}/undo`, body: {},
        match: post.seq, subject: `post:${post.id}`, words: "Take back what was just published" });
      if (!answer.kept) writing.edit(answer); // its text is a draft again
      tell(answer.kept ? "In the outbox: it is taken back when the line is back."
        : "Taken back: readers no longer have it.");
    } catch (error) {
      tell(error.message);
    }
  },
});
const results = board(desk, $("#board"));
const figures = feedback(desk,
  { readers: $("#readers"), last: $("#last"), chart: $("#chart"), people: $("#people"), calls: $("#calls"),
    posts: $("#per-editor") });
const shows = [
  results.show,
  timeline(desk, { list: $("#posts"), more: $("#more-posts") }, writing),
  drafts(desk, { place: $("#drafts"), badges: [$("#news"), $("#tab-news")], allRead: $("#all-read") },
    { open: writing.edit, prepare: writing.prepare }).show,
  night(desk, { status: $("#status"), buttons: $("#status-buttons") }),
  writing.show,
];
/** How many got what was published here, and how fast: known a moment after the answer, or before it. */
function delivered() {
  if (!desk.sent || !(desk.last?.seq >= desk.sent)) return;
  const { readers, ms } = desk.last;
  tell.instead(/^Published in \d+ ms\./,
    `Published. ${readers.toLocaleString()} ${readers === 1 ? "reader" : "readers"} had it within ${ms} ms.`);
  desk.sent = null;
}

const show = () => { if (desk.state.blog) for (const part of shows) part(); };

desk.line = follow({
  slug,
  states: { public: desk.state, desk: desk.drafts },
  show,
  tell: (words) => { if ($("#connection").textContent !== words) $("#connection").textContent = words; },
  editing: writing.ref,
  figures(message) {
    figures.figures(message);
    desk.last = message.last;
    delivered();
  },
  people(list) {
    desk.people = list;
    figures.people(list);
    show();
  },
});

const goTo = (part, selector) => () => {
  desk.turnTo(part);
  $(selector).focus();
};
keys($("#help"), {
  n: ["Write", goTo("write", "#composer [name=body]")],
  c: ["Call the winner of the category on stage", results.call],
  b: ["To the board", goTo("board", "#board-title")],
  t: ["To the timeline", goTo("write", "#timeline-title")],
  u: ["Undo what was just published, for ten seconds", tell.press],
  d: ["To the drafts", goTo("night", "#drafts-title")],
});

desk.courier.wake();
addEventListener("online", () => desk.courier.wake());
document.addEventListener("visibilitychange", () => { if (!document.hidden) desk.courier.wake(); });
setInterval(() => desk.courier.refresh(), 5000); // what waits grows old: some of it has to be asked about

const tab = await thisTab(slug);
writing.restore(new Notes(localStorage, { slug, who, tab: tab.name }), await tab.open());
