// The desk's screen: puts its parts together. Each part shows the state and asks for acts; the outbox sends them; the
// connection keeps the state true.

import { outboxActs, undoOf } from "./acts.js";
import { attempt, read, send, Session } from "./api.js";
import { guard } from "./arming.js";
import { Board } from "./board.js";
import { lasting, thisTab } from "./browser_tab.js";
import { showCalls } from "./call_log.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Danger } from "./danger.js";
import { $, bringToSight, focusHeading, steady } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Figures } from "./figures.js";
import { showHistory } from "./history.js";
import { KeptTexts } from "./kept_texts.js";
import { nightStatus } from "./night_status.js";
import { OutboxSender } from "./outbox_sender.js";
import { acrossTabs, openOutboxStore } from "./outbox_store.js";
import { OutboxView } from "./outbox_view.js";
import { peopleHere } from "./people_here.js";
import { Presence } from "./presence.js";
import { reachedInWords, ReachedReaders } from "./reached.js";
import { RowActs } from "./row_acts.js";
import { screenTabs } from "./screen_tabs.js";
import { shortcuts } from "./shortcuts.js";
import { askSignIn } from "./sign_in.js";
import { smallScreen } from "./small_screen.js";
import { Stage } from "./stage.js";
import { Timelines } from "./state.js";
import { SubmissionAlerts } from "./submission_alerts.js";
import { Timeline } from "./timeline.js";
import { toast } from "./toast.js";
import { uploader } from "./upload.js";
import { wallClock } from "./wall_clock.js";
import { prefix } from "../reader/site.js";

/** @import { Place, Reached, Workspace, Written } from "./desk.d.ts" */

guard(document);
const root = $("#desk");
const { blog: slug = "", csrf = "", who = "" } = root.dataset;
const desk = `${prefix}/desk/${slug}`;
const session = new Session(csrf, `${desk}/session`, who);
session.renewed = (token) => {
  for (const field of document.querySelectorAll("input[name=csrf]")) field.setAttribute("value", token);
};
const danger = new Danger($(".bar"), {
  async "sign in"() {
    if (!await askSignIn(session, who)) return;
    sender.wake();
    connection.refresh();
  },
  outbox() {
    stage.unfold(false); // on a phone it lies over the outbox
    $("#outbox").scrollIntoView({ block: "nearest" });
    focusHeading($("#outbox"));
  },
});
const tell = toast($("#told"), $("#undo"));
const api = `${prefix}/api/v1/blogs/${slug}`;

// -- what is known, and what is sent

const timelines = new Timelines(root.dataset.zone);
const presence = new Presence(who);
const rowActs = new RowActs();
const store = await openOutboxStore();
const otherTabs = globalThis.BroadcastChannel && new BroadcastChannel(`liveblog-outbox-${slug}`);
const sender = new OutboxSender({
  slug, who, store, seqOf: (subject) => timelines.seqOf(subject),
  lock: acrossTabs(store, `liveblog-outbox-${slug}`),
  attempt: (act) => attempt(act.method, `${api}${act.path}`, act.body, { session, match: act.match, key: act.key }),
  renew: async () => ({ changed: await session.renew(), who: session.name }),
  online: () => navigator.onLine,
  announce: () => otherTabs?.postMessage("changed"),
  changed(acts, state) {
    const waiting = acts.filter((act) => act.state === "waiting" && Date.now() - act.made > 1000);
    rowActs.wait(waiting.map((act) => act.subject));
    danger.know({ signedOut: state === "signed out", ...outbox.show(acts, state) });
  },
});
otherTabs?.addEventListener("message", () => sender.refresh());

/** What the desk's own pages answer; null without a connection. @param {string} name @param {unknown} body */
const asked = (name, body) => send("POST", `${desk}/${name}`, body, { session, pauses: [] }).catch(() => null);

/** @type {Workspace} */
const workspace = {
  slug, timelines, presence, rowActs, wrong: root.dataset.wrong ?? "",
  me: { name: who, editor: root.dataset.editor === "yes", admin: root.dataset.admin === "yes" },
  api: {
    read: (path) => read(`${api}${path}`),
    upload: uploader(session, `${api}/media`),
    deletePicture: (name) => send("DELETE", `${api}/media/${name}`, undefined, { session, pauses: [] }),
    paste: (copied) => send("POST", `${desk}/paste`, copied, { session, pauses: [] }),
    title: (address) => send("POST", `${desk}/title`, { address }, { session, pauses: [] }),
    preview: (sample) => asked("preview", sample),
    rehearsal: (call) => asked("rehearsal", call),
  },
  act: outboxActs({ sender, seqOf: (ref) => timelines.seqOf(ref), refresh: () => connection.refresh() }),
  turnTo: screenTabs(root, $(".tabs"), () => stage.unfold(false)),
};

// -- the parts of the screen

const composer = new Composer(workspace, {
  form: /** @type {HTMLFormElement} */ ($("#composer")), title: $("#composer-title"), section: $("#preview"),
  list: $("#names"), aside: $("#aside"), tell,
  turned: () => connection.live(),
  published(post) {
    sent = post.seq;
    tellReached();
  },
  unkept: () => danger.know({ keeps: false }),
  undo: (post) => undoOf(workspace.act, post, {
    tell, edit: (draft) => composer.edit(draft),
    gone: () => timelines.public.retracted.some(({ id }) => id === post.id),
  }),
});
const outbox = new OutboxView({ me: workspace.me, timelines, sender },
  { section: $("#outbox"), list: $("#acts"), title: $("#outbox-title > span") }, {
    take: (act) => composer.take(act),
    async compare({ n, edit, problem }) {
      const words = await composer.conflicts.resolve(edit, problem?.current, edit.text.correction);
      if (words !== "Not saved.") await sender.remove(n);
      tell(words);
    },
  });
const reached = new ReachedReaders(workspace, () => stage.show());
const stage = new Stage(workspace, $("#stage"), reached, { writeMore: (category) => composer.writeMore(category) });
const board = new Board(workspace, $("#board"), stage);
const figures = new Figures(workspace,
  { readers: $("#readers"), last: $("#last"), chart: $("#chart"), posts: $("#per-editor") });
/** @param {Written} object */
const edit = (object) => composer.edit(object);
const timeline = new Timeline(workspace, { list: $("#posts"), more: $("#more-posts"), tools: $("#find") },
  { edit, history: (post) => showHistory(workspace, post, tell), tell });
const drafts = new Drafts(workspace,
  { place: $("#drafts"), badges: [$("#news"), $("#tab-news")], allRead: $("#all-read") },
  { open: edit, prepare: (category, nominee) => composer.prepare(category, nominee) });
const showStatus = nightStatus(workspace,
  { status: $("#status"), buttons: $("#status-buttons"), ended: $("#ended") },
  { addressed: root.dataset.addressed === "yes", goTo: (place) => wayTo[place.kind](place.id) });
const alerts = workspace.me.editor
  ? new SubmissionAlerts(workspace, $("#tell-submitted"), (ref) => wayTo.draft(ref)) : undefined;
const showPeople = peopleHere(workspace, $("#people"));

let isShown = false;

function show() {
  if (!timelines.public.blog) return;
  const change = () => {
    for (const part of [stage, board, timeline, drafts]) part.show();
    showStatus();
    composer.show();
    tell.check();
  };
  if (isShown) steady(change);
  else change(); // nobody has seen the empty page that it moves
  isShown = true;
  alerts?.show();
}

// -- how many readers have what was published here

let sent = 0; // the version of what was published here last, until the editor knows how many readers have it
/** @type {Reached | null} */
let last = null; // how many readers have the last change

/** How many got what was published here, and how fast: known a moment after the answer, or before it. */
function tellReached() {
  if (!sent || !last || last.seq < sent) return;
  tell.instead(/^Published in \d+ ms\./, `Published. ${reachedInWords(last)}.`);
  sent = 0;
}

// -- following the night

const connection = new Connection(slug, timelines, {
  changed: show,
  line: (line) => danger.know({ line }),
  editing: () => composer.ref(),
  figures(message) {
    figures.show(message);
    last = message.last;
    tellReached();
    reached.tell(last);
  },
  people(list) {
    presence.people = list;
    showPeople();
    show();
  },
});

/** The ways to what the night check found. @type {Record<Place["kind"], (id: string) => void>} */
const wayTo = {
  stage(id) {
    const category = timelines.public.category(id);
    if (category) stage.open(category);
  },
  setup: (id) => location.assign(`${desk}/setup#category-${id}`),
  prepared(id) {
    workspace.turnTo("night");
    drafts.showTexts(id);
  },
  draft(ref) {
    workspace.turnTo("night");
    bringToSight($(`[data-ref="${CSS.escape(ref)}"]`));
  },
  text(ref) {
    const object = timelines.find(ref);
    if (object?.kind === "post" || object?.kind === "draft") composer.edit(object);
  },
};

/** @param {string} part @param {string} selector */
const goTo = (part, selector) => () => {
  workspace.turnTo(part);
  $(selector).focus();
};
shortcuts($("#help"), {
  n: ["New update: what is open in the composer is left, and set aside if it is not saved", () => composer.beginNew()],
  c: ["To the stage", () => stage.unfold(true)],
  b: ["To the board", goTo("board", "#board-title")],
  t: ["To the timeline", goTo("write", "#timeline-title")],
  f: ["Find in the timeline", goTo("write", "#find [type=search]")],
  u: ["Undo: take back what you just published, for ten seconds", tell.press],
  d: ["To the drafts", goTo("night", "#drafts-title")],
}, {
  words: "Choose a nominee on the stage; once more leaves the choice",
  press: (digit) => stage.choose((digit + 9) % 10),
});
$("#calls").addEventListener("click", () => showCalls(workspace));

smallScreen($("#feedback"), $("#main"), $("#body"));
figures.start();
reached.start();
wallClock(workspace, $("#clock"));
connection.open();
sender.wake();
addEventListener("online", () => sender.wake());
document.addEventListener("visibilitychange", () => { if (!document.hidden) sender.wake(); });
setInterval(() => sender.refresh(), 5000); // what waits grows old: some of it has to be asked about

const tab = await thisTab(slug);
await sender.refresh();
const sending = sender.acts.filter((act) => act.who === who && act.state !== "refused")
  .flatMap(({ edit: text }) => text ?? []);
composer.restore(new KeptTexts(lasting(), { slug, who, tab: tab.name }), await tab.open(), sending);
