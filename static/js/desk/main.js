// The desk's screen: puts its parts together. Each part shows the state and sends acts; the outbox carries them; the
// line keeps the state true.

import { outboxActs, undoOf } from "./acts.js";
import { attempt, read, send, Session } from "./api.js";
import { guard } from "./arming.js";
import { board } from "./board.js";
import { thisTab } from "./browser_tab.js";
import { Composer } from "./composer.js";
import { follow } from "./connection.js";
import { $ } from "./dom.js";
import { drafts } from "./drafts.js";
import { feedback } from "./feedback.js";
import { history } from "./history.js";
import { KeptTexts } from "./kept_texts.js";
import { nightStatus } from "./night_status.js";
import { OutboxSender } from "./outbox_sender.js";
import { acrossTabs, openOutboxStore } from "./outbox_store.js";
import { outboxView } from "./outbox_view.js";
import { Presence } from "./presence.js";
import { RowActs } from "./row_acts.js";
import { screenTabs } from "./screen_tabs.js";
import { shortcuts } from "./shortcuts.js";
import { prepared, State } from "./state.js";
import { timeline } from "./timeline.js";
import { toast } from "./toast.js";
import { uploader } from "./upload.js";

guard(document);
const root = $("#desk");
const { blog: slug, csrf, who } = root.dataset;
const session = new Session(csrf, `/desk/${slug}/session`, who);
const tell = toast($("#told"));

const api = `/api/v1/blogs/${slug}`;
const states = { public: new State(), desk: new State() };
const rowActs = new RowActs();
const presence = new Presence(who);
const seqOf = (subject) => (states.public.objects.get(subject) ?? states.desk.objects.get(subject))?.seq;

const store = await openOutboxStore();
const others = globalThis.BroadcastChannel && new BroadcastChannel(`liveblog-outbox-${slug}`);
const sender = new OutboxSender({
  slug, who, store, seqOf,
  lock: acrossTabs(store, `liveblog-outbox-${slug}`),
  attempt: (act) => attempt(act.method, `${api}${act.path}`, act.body, { session, match: act.match, key: act.key }),
  renew: async () => ({ changed: await session.renew(), who: session.name }),
  online: () => navigator.onLine,
  announce: () => others?.postMessage("changed"),
  changed(acts, state) {
    const waiting = acts.filter((act) => act.state === "waiting" && Date.now() - act.made > 1000);
    rowActs.wait(waiting.map((act) => act.subject));
    outbox(acts, state);
  },
});
others?.addEventListener("message", () => sender.refresh());

/** @type {import("./desk.d.ts").Desk} */
const desk = {
  slug, who, rowActs, seqOf,
  editor: root.dataset.editor === "yes",
  state: states.public,
  drafts: states.desk,
  turnTo: screenTabs(root, $(".tabs")),
  prepared: (category, nominee) => prepared(states.desk.drafts, category, nominee),
  editing: (ref) => presence.editing(ref),
  read: (path) => read(`${api}${path}`),
  upload: uploader(session, `${api}/media`),
  preview: (sample) => send("POST", `/desk/${slug}/preview`, sample, { session, pauses: [] }).catch(() => null),
  act: outboxActs({ sender, seqOf, tell, refresh: () => line.refresh() }),
};

const writing = new Composer(desk, {
  form: $("#composer"), title: $("#composer-title"), section: $("#preview"), list: $("#names"),
  aside: $("#aside"), tell,
  turned: () => line.live(),
  published(post) {
    sent = post.seq;
    delivered();
  },
  undo: (post) => undoOf(desk, post, { tell, edit: (draft) => writing.edit(draft) }),
});
const outbox = outboxView(desk, sender, { section: $("#outbox"), list: $("#acts"), title: $("#outbox-title") }, {
  take: (act) => writing.take(act),
  async compare(act) {
    const went = await writing.settle(act.edit, act.problem.current, act.edit.text.correction);
    if (went !== "Not saved.") await sender.remove(act.n);
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
  nightStatus(desk, { status: $("#status"), buttons: $("#status-buttons") }),
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
shortcuts($("#help"), {
  n: ["Write", goTo("write", "#composer [name=body]")],
  c: ["Call the winner of the category on stage", results.call],
  b: ["To the board", goTo("board", "#board-title")],
  t: ["To the timeline", goTo("write", "#timeline-title")],
  u: ["Undo what was just published, for ten seconds", tell.press],
  d: ["To the drafts", goTo("night", "#drafts-title")],
});

sender.wake();
addEventListener("online", () => sender.wake());
document.addEventListener("visibilitychange", () => { if (!document.hidden) sender.wake(); });
setInterval(() => sender.refresh(), 5000); // what waits grows old: some of it has to be asked about

const tab = await thisTab(slug);
writing.restore(new KeptTexts(localStorage, { slug, who, tab: tab.name }), await tab.open());
