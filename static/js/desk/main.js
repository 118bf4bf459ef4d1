// The desk's screen: puts its parts together. Each part shows the state and sends acts; the outbox carries them; the
// line keeps the state true.

import { acting, undoing } from "./acting.js";
import { attempt, read, send, Session } from "./api.js";
import { guard } from "./arming.js";
import { board } from "./board.js";
import { Composer } from "./composer.js";
import { Courier } from "./courier.js";
import { $ } from "./dom.js";
import { drafts } from "./drafts.js";
import { feedback } from "./feedback.js";
import { keys } from "./help.js";
import { history } from "./history.js";
import { follow } from "./line.js";
import { night } from "./night.js";
import { Notes } from "./notes.js";
import { parts } from "./parts.js";
import { Presence } from "./presence.js";
import { Rows } from "./rows.js";
import { openShelf, turns } from "./shelf.js";
import { prepared, State } from "./state.js";
import { thisTab } from "./tab.js";
import { timeline } from "./timeline.js";
import { told } from "./told.js";
import { uploader } from "./upload.js";
import { waiting } from "./waiting.js";

guard(document);
const root = $("#desk");
const { blog: slug, csrf, who } = root.dataset;
const session = new Session(csrf, `/desk/${slug}/session`, who);
const tell = told($("#told"));

const api = `/api/v1/blogs/${slug}`;
const states = { public: new State(), desk: new State() };
const rows = new Rows();
const presence = new Presence(who);
const seqOf = (subject) => (states.public.objects.get(subject) ?? states.desk.objects.get(subject))?.seq;

const shelf = await openShelf();
const others = globalThis.BroadcastChannel && new BroadcastChannel(`liveblog-outbox-${slug}`);
const courier = new Courier({
  slug, who, shelf, seqOf,
  lock: turns(shelf, `liveblog-outbox-${slug}`),
  attempt: (act) => attempt(act.method, `${api}${act.path}`, act.body, { session, match: act.match, key: act.key }),
  renew: async () => ({ changed: await session.renew(), who: session.name }),
  online: () => navigator.onLine,
  announce: () => others?.postMessage("changed"),
  changed(acts, state) {
    rows.wait(acts.filter((act) => act.state === "waiting" && Date.now() - act.made > 1000).map((act) => act.subject));
    outbox(acts, state);
  },
});
others?.addEventListener("message", () => courier.refresh());

/** @type {import("./desk.d.ts").Desk} */
const desk = {
  slug, who, rows, seqOf,
  editor: root.dataset.editor === "yes",
  state: states.public,
  drafts: states.desk,
  turnTo: parts(root, $(".tabs")),
  prepared: (category, nominee) => prepared(states.desk.drafts, category, nominee),
  editing: (ref) => presence.editing(ref),
  read: (path) => read(`${api}${path}`),
  upload: uploader(session, `${api}/media`),
  preview: (sample) => send("POST", `/desk/${slug}/preview`, sample, { session, pauses: [] }).catch(() => null),
  act: acting({ courier, seqOf, tell, refresh: () => line.refresh() }),
};

const writing = new Composer(desk, {
  form: $("#composer"), title: $("#composer-title"), section: $("#preview"), list: $("#names"),
  aside: $("#aside"), tell,
  turned: () => line.live(),
  published(post) {
    sent = post.seq;
    delivered();
  },
  undo: (post) => undoing(desk, post, { tell, edit: (draft) => writing.edit(draft) }),
});
const outbox = waiting(desk, courier, { section: $("#outbox"), list: $("#acts"), title: $("#outbox-title") }, {
  take: (act) => writing.take(act),
  async compare(act) {
    const went = await writing.settle(act.edit, act.problem.current, act.edit.text.correction);
    if (went !== "Not saved.") await courier.remove(act.n);
    tell(went);
  },
});
const results = board(desk, $("#board"));
const figures = feedback(desk, { readers: $("#readers"), last: $("#last"), chart: $("#chart"), people: $("#people"),
  calls: $("#calls"), posts: $("#per-editor") });
const edit = (object) => writing.edit(object);
const shows = [
  results.show,
  timeline(desk, { list: $("#posts"), more: $("#more-posts") },
    { edit, history: history(desk, { restored: () => tell("Restored.") }) }),
  drafts(desk, { place: $("#drafts"), badges: [$("#news"), $("#tab-news")], allRead: $("#all-read") },
    { open: edit, prepare: (category, nominee) => writing.prepare(category, nominee) }).show,
  night(desk, { status: $("#status"), buttons: $("#status-buttons") }),
  () => writing.show(),
];

let sent = 0; // the version of what was published here last, until it is told who got it
let last = /** @type {{seq: number, readers: number, ms: number} | null} */ (null); // who got the last change

/** How many got what was published here, and how fast: known a moment after the answer, or before it. */
function delivered() {
  if (!sent || !last || last.seq < sent) return;
  const { readers, ms } = last;
  tell.instead(/^Published in \d+ ms\./,
    `Published. ${readers.toLocaleString()} ${readers === 1 ? "reader" : "readers"} had it within ${ms} ms.`);
  sent = 0;
}

const show = () => { if (desk.state.blog) for (const part of shows) part(); };

const line = follow({
  slug, states, show,
  tell: (words) => { if ($("#connection").textContent !== words) $("#connection").textContent = words; },
  editing: () => writing.ref(),
  figures(message) {
    figures.figures(message);
    last = message.last;
    delivered();
  },
  people(list) {
    presence.people = list;
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

courier.wake();
addEventListener("online", () => courier.wake());
document.addEventListener("visibilitychange", () => { if (!document.hidden) courier.wake(); });
setInterval(() => courier.refresh(), 5000); // what waits grows old: some of it has to be asked about

const tab = await thisTab(slug);
writing.restore(new Notes(localStorage, { slug, who, tab: tab.name }), await tab.open());
