import assert from "node:assert/strict";
import { test } from "node:test";
import { OutboxSender } from "../../static/js/desk/outbox_sender.js";
import {
  asks, due, followers, forgettable, KEY_LIFE, late, meaning, outcome, pauseAfter, seqIn, span, restOf,
} from "../../static/js/desk/outbox.js";

/** @import { Act, Answer } from "../../static/js/desk/desk.d.ts" */

const MINUTE = 60_000;

/** @param {number} n @param {Partial<Act>} more @returns {Act} */
const act = (n, more = {}) => ({
  n, key: `k${n}`, slug: "anora", who: "Ana", kind: "publish", method: "POST", path: "/posts", subject: `new:k${n}`,
  words: "…", made: 0, state: "waiting", tries: 0, doubt: false, ...more,
});
const nothing = () => undefined;
/** @param {Act[]} acts */
const next = (acts, more = {}) => due(acts, { now: 0, who: "Ana", seqOf: nothing, ...more })?.n ?? null;

// -- what goes next

test("acts go in the order they were made in, whatever order they are read in", () => {
  assert.equal(next([act(3), act(1), act(2)]), 1);
  assert.equal(next([act(1, { state: "done" }), act(2, { state: "refused" }), act(3)]), 3);
  assert.equal(next([]), null);
});

test("nobody sends what another person wrote in this browser", () => {
  assert.equal(next([act(1, { who: "Ben" }), act(2)]), 2);
  assert.equal(next([act(1, { who: "Ben" })]), null);
});

test("a winner heard long ago asks again, an update from the carpet does not", () => {
  const call = act(1, { kind: "announce", subject: "category:director", match: 4 });
  assert.equal(asks(call, 30_000, () => 4), false);
  assert.equal(asks(call, 2 * MINUTE, () => 4), true);
  assert.equal(asks(act(2), 2 * MINUTE, nothing), false);
  assert.equal(asks(act(2), 20 * MINUTE, nothing), true);
});

test("an act whose object moved on goes: it can do nothing any more, and its answer tells what became of it", () => {
  const call = act(1, { kind: "announce", subject: "category:director", match: 4, doubt: true });
  assert.equal(asks(call, 5 * MINUTE, () => 5), false);
});

test("a takedown never asks, and never after the server forgot its key either", () => {
  const down = act(1, { kind: "retract", subject: "post:a", doubt: true });
  assert.equal(asks(down, KEY_LIFE * 2, nothing), false);
  assert.equal(asks(act(2, { kind: "recall", subject: "category:a", match: 2 }), KEY_LIFE - 1, () => 2), false);
});

test("what may have arrived before the server forgot its key asks, also a harmless act", () => {
  const saved = act(1, { kind: "draft", doubt: true });
  assert.equal(asks(saved, KEY_LIFE - 1, nothing), false);
  assert.equal(asks(saved, KEY_LIFE + 1, nothing), true);
});

test("one that asks steps aside with all that is about the same object; the others go on", () => {
  const acts = [
    act(1, { kind: "announce", subject: "category:director", match: 4 }),
    act(2, { kind: "confirm", subject: "category:director", match: 5, made: 2 * MINUTE }),
    act(3, { made: 2 * MINUTE }),
  ];
  assert.equal(next(acts, { now: 2 * MINUTE, seqOf: () => 4 }), 3);
  assert.equal(next([{ ...acts[0], sure: 3 * MINUTE }, acts[1], acts[2]], { now: 2 * MINUTE, seqOf: () => 4 }), 1);
});

test("a takedown overtakes everything; a recall stays behind the result that it takes back", () => {
  const call = act(2, { kind: "announce", subject: "category:a" });
  assert.equal(next([act(1), act(2, { kind: "edit", subject: "post:a" }),
    act(3, { kind: "retract", subject: "post:a" })]), 3);
  for (const kind of ["recall", "doubt"]) assert.equal(next([act(1), act(2, { kind, subject: "category:a" })]), 2);
  assert.equal(next([act(1), call, act(3, { kind: "recall", subject: "category:a" })]), 1);
});

// -- what an answer means

test("no answer leaves a doubt, unless the browser had no line", () => {
  assert.deepEqual(outcome(act(1), null, { now: 9 }), { fields: { tries: 1, doubt: true }, next: "again" });
  assert.deepEqual(outcome(act(1), null, { now: 9, online: false }),
    { fields: { tries: 1, doubt: false }, next: "again" });
  assert.equal(outcome(act(1, { doubt: true }), null, { now: 9, online: false }).fields.doubt, true);
});

test("a refusal is kept with its text, and what is only away is tried again", () => {
  const no = { code: "invalid", detail: "body is empty" };
  assert.deepEqual(outcome(act(1), { ok: false, status: 422, value: no }, { now: 9 }),
    { fields: { tries: 1, state: "refused", problem: no, sent: 9 }, next: "go" });
  for (const status of [408, 429, 502, 503, 504]) {
    assert.equal(outcome(act(1), { ok: false, status, value: null }, { now: 9 }).next, "again");
  }
  assert.equal(outcome(act(1), { ok: false, status: 401, value: null }, { now: 9 }).next, "sign in");
  assert.equal(outcome(act(1), { ok: false, status: 403, value: { code: "csrf" } }, { now: 9 }).next, "renew");
  assert.equal(outcome(act(1), { ok: false, status: 403, value: { code: "forbidden" } }, { now: 9 }).fields.state,
    "refused");
});

/** @param {string} code */
const problem = (code) => ({ code, detail: "…" });
/** @type {[string, any][]} */
const FAULTS = [
  ["no answer", null],
  ["a fault of ours", { status: 500, value: problem("internal_server_error") }],
  ["a fault without words", { status: 500, value: {} }],
  ["a gateway without a server", { status: 502, value: null }],
  ["storage is away", { status: 503, value: problem("storage_unavailable") }],
  ["a gateway that waited in vain", { status: 504, value: null }],
  ["too long for a proxy", { status: 408, value: problem("request_timeout") }],
  ["too early", { status: 425, value: null }],
  ["too much at once", { status: 429, value: problem("too_many") }],
  ["too many changes at once", { status: 409, value: problem("busy") }],
  ["a proxy's own no", { status: 403, value: { message: "blocked" } }],
  ["a proxy's own limit", { status: 413, value: { error: 413 } }],
  ["a proxy that knows no such address", { status: 404, value: "not found" }],
  ["a proxy that wants to be signed in to", { status: 407, value: {} }],
  ["a redirection", { status: 0, value: {} }],
  ["a network's welcome page", { ok: true, status: 200, value: "Welcome" }],
  ["nothing", { ok: true, status: 200, value: null }],
];

test("no fault on the way or of the server gives an act up", () => {
  for (const [name, answer] of FAULTS) {
    assert.equal(meaning(answer && { ok: false, ...answer }), "again", name);
    let one = act(1);
    for (let n = 0; n < 200; n += 1) {
      one = { ...one, ...outcome(one, answer && { ok: false, ...answer }, { now: n * 1000 }).fields };
    }
    assert.equal(one.state, "waiting", name);
  }
});

test("a no of our server is one", () => {
  /** @type {[number, string][]} */
  const refusals = [[403, "forbidden"], [404, "not_found"], [409, "wrong_state"], [412, "stale"],
    [413, "too_large"], [422, "invalid"]];
  for (const [status, code] of refusals) {
    assert.equal(meaning({ ok: false, status, value: problem(code) }), "refused");
  }
});

test("an act at which the server fails again and again lets others go first, and comes back", () => {
  let one = act(1);
  const ends = [];
  for (let n = 0; n < 6; n += 1) {
    const { fields, next: what } =
      outcome(one, { ok: false, status: 500, value: problem("internal_server_error") }, { now: 9 });
    one = { ...one, ...fields };
    ends.push(what);
  }
  assert.deepEqual(ends, ["again", "again", "again", "again", "rest", "again"]);
  const behind = [one, act(2, { subject: one.subject }), act(3)];
  assert.equal(due(behind, { now: 10, who: "Ana", seqOf: nothing })?.n, 3);
  const end = one.rests ?? 0;
  assert.equal(restOf(behind, { now: 10, who: "Ana" }), end - 10);
  assert.equal(due(behind, { now: end, who: "Ana", seqOf: nothing })?.n, 1);
});

test("edits behind an edit follow on to its version, but never what was sent before", () => {
  const done = act(1, { subject: "post:a", match: 3, state: "done", answer: { kind: "post", id: "a", seq: 7 } });
  const behind = [act(2, { subject: "post:a", match: 3 }), act(3, { subject: "post:a", match: 3, tries: 1 }),
    act(4, { subject: "post:b", match: 3 }), act(5, { subject: "post:a", match: 2 })];
  assert.deepEqual(followers([done, ...behind], done), [[2, { match: 7 }]]);
});

test("a version is found in every kind of answer", () => {
  assert.equal(seqIn({ kind: "post", id: "a", seq: 2 }, "post:a"), 2);
  assert.equal(seqIn({ category: { kind: "category", id: "c", seq: 3 }, posts: [{ kind: "post", id: "a", seq: 3 }] },
    "post:a"), 3);
  assert.equal(seqIn({ category: { kind: "category", id: "c", seq: 3 }, posts: [] }, "category:c"), 3);
  assert.equal(seqIn({ kind: "post", id: "a", seq: 2 }, "post:b"), undefined);
  assert.equal(seqIn(undefined, "post:b"), undefined);
});

test("pauses grow, and what the server asks for counts, up to a minute", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 50].map((n) => pauseAfter(n)), [300, 1000, 2000, 4000, 5000, 5000]);
  assert.equal(pauseAfter(1, 2), 2000);
  assert.equal(pauseAfter(1, 86_400), 60_000);
});

test("what went late is told for hours, the rest for a minute", () => {
  const soon = act(1, { state: "done", sent: 100 });
  const slow = act(2, { state: "done", sent: 10_000 });
  assert.deepEqual([late(soon), late(slow)], [false, true]);
  assert.deepEqual(forgettable([soon, slow, act(3), act(4, { state: "refused", sent: 1 })], 2 * MINUTE), [1]);
  assert.deepEqual(forgettable([slow], 24 * 60 * MINUTE), [2]);
});

test("spans in words", () => {
  assert.deepEqual([1000, 40_000, 180_000, 7_200_000].map(span), ["1 second", "40 seconds", "3 minutes", "2 hours"]);
});

// -- carrying

class FakeStore {
  lasting = true;
  /** @type {Map<number, Act>} */
  acts = new Map();
  n = 0;
  /** @param {Omit<Act, "n">} one */
  async add(one) { this.n += 1; this.acts.set(this.n, { ...one, n: this.n }); return this.n; }
  async all() { return [...this.acts.values()].map((one) => structuredClone(one)); }
  /** @param {number} n @param {Partial<Act>} fields */
  async change(n, fields) { Object.assign(this.acts.get(n) ?? {}, fields); }
  /** @param {number} n */
  async remove(n) { this.acts.delete(n); }
  /** @template T @param {string} name @param {() => Promise<T>} work */
  lease(name, work) { return work(); }
}

/** A browser: one store, one lock, a server that may be away; tabs with one outbox each. */
class Browser {
  /** @type {{key: string, words: string}[]} */
  arrived = [];
  away = false;
  loseAnswers = 0;
  /** @type {(one: Act) => boolean} */
  refuses = () => false;
  /** @type {string | null} */
  who = "Ana";
  csrf = 1;
  clock = 0;
  /** @type {{then: () => void, at: number}[]} */
  timers = [];
  /** @type {OutboxSender[]} */
  tabs = [];
  store = new FakeStore();
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {Partial<ConstructorParameters<typeof OutboxSender>[0]>} more */
  tab(more = {}) {
    let { csrf } = this;
    const tab = new OutboxSender({
      slug: "anora", who: "Ana", store: this.store, seqOf: nothing, now: () => this.clock, changed: () => {},
      lock: (work) => {
        const mine = this.#last.then(work);
        this.#last = mine.catch(() => {});
        return mine;
      },
      announce: () => this.tabs.forEach((other) => { if (other !== tab) other.refresh(); }),
      later: (then, ms) => {
        const timer = { then, at: this.clock + ms };
        this.timers.push(timer);
        return timer;
      },
      cancel: (timer) => { this.timers = this.timers.filter((one) => one !== timer); },
      online: () => true,
      renew: async () => {
        const changed = csrf !== this.csrf;
        csrf = this.csrf;
        return { changed, who: this.who };
      },
      attempt: async (one) => {
        await null;
        return this.#answer(one, csrf);
      },
      ...more,
    });
    this.tabs.push(tab);
    return tab;
  }

  /** @param {Act} one @param {number} csrf @returns {Answer | null} */
  #answer(one, csrf) {
    if (this.away) return null;
    if (this.who === null) return { ok: false, status: 401, value: {} };
    if (csrf !== this.csrf) return { ok: false, status: 403, value: { code: "csrf" } };
    if (this.refuses(one)) return { ok: false, status: 422, value: { code: "invalid", detail: "no" } };
    if (!this.arrived.some(({ key }) => key === one.key)) this.arrived.push({ key: one.key, words: one.words });
    if (this.loseAnswers > 0) {
      this.loseAnswers -= 1;
      return null;
    }
    return { ok: true, status: 201, value: { words: one.words } };
  }

  /** @param {number} ms */
  async pass(ms) {
    this.clock += ms;
    for (;;) {
      const ready = this.timers.filter((timer) => timer.at <= this.clock);
      if (!ready.length) break;
      this.timers = this.timers.filter((timer) => timer.at > this.clock);
      ready.forEach((timer) => timer.then());
      await settle();
    }
    await settle();
  }

  words() {
    return this.arrived.map((one) => one.words);
  }
}
const settle = async () => { for (let n = 0; n < 200; n += 1) await null; };
let number = 0;
/** @param {string} words @param {Partial<Act>} more */
const written = (words, more = {}) =>
  ({ key: `key${(number += 1)}`, kind: "publish", method: "POST", path: "/posts", subject: `new:${words}`, words,
    ...more });

test("with a line an act is answered at once and is gone soon", async () => {
  const browser = new Browser();
  const tab = browser.tab();
  const { settled } = await tab.place(written("a"));
  assert.deepEqual(await settled, { words: "a" });
  await browser.pass(2 * MINUTE);
  await tab.refresh();
  assert.equal(tab.acts.length, 0);
});

test("without a line acts wait, through a reload, and go once and in order when it is back", async () => {
  const browser = new Browser();
  browser.away = true;
  const before = browser.tab();
  const { stuck } = await before.place(written("a"));
  await before.place(written("b"));
  await browser.pass(400);
  await stuck;
  assert.equal(before.state, "waiting");
  browser.tabs = [];
  browser.timers = []; // reloaded
  const after = browser.tab();
  await after.refresh();
  assert.deepEqual(after.acts.map((one) => one.words), ["a", "b"]);
  await after.place(written("c"));
  browser.clock = 30_000;
  browser.away = false;
  await after.wake();
  assert.deepEqual(browser.words(), ["a", "b", "c"]);
  assert.deepEqual(after.acts.map(late), [true, true, true]);
});

test("an answer that got lost does not make two of one", async () => {
  const browser = new Browser();
  browser.loseAnswers = 2;
  const { settled } = await browser.tab().place(written("once"));
  for (let n = 0; n < 3; n += 1) await browser.pass(2000);
  await settled;
  assert.deepEqual(browser.words(), ["once"]);
});

test("two tabs send neither twice nor out of order, and each hears of its own", async () => {
  const browser = new Browser();
  const [one, two] = [browser.tab(), browser.tab()];
  browser.away = true;
  const ends = [];
  for (let n = 0; n < 6; n += 1) ends.push((await (n % 2 ? one : two).place(written(`w${n}`))).settled);
  await browser.pass(400);
  browser.away = false;
  one.wake();
  two.wake();
  await browser.pass(10_000);
  assert.deepEqual(browser.words(), ["w0", "w1", "w2", "w3", "w4", "w5"]);
  assert.equal((await Promise.all(ends)).length, 6);
});

test("a refused act is kept with its problem, and those behind it go on", async () => {
  const browser = new Browser();
  browser.refuses = (one) => one.words === "bad";
  const tab = browser.tab();
  const bad = await tab.place(written("bad"));
  const good = await tab.place(written("good"));
  await assert.rejects(bad.settled, (/** @type {any} */ one) => one.problem.detail === "no" && one.words === "bad");
  assert.deepEqual(await good.settled, { words: "good" });
  assert.deepEqual(tab.acts.filter((one) => one.state === "refused").map((one) => one.words), ["bad"]);
  await tab.remove(bad.n);
  assert.equal(tab.acts.some((one) => one.words === "bad"), false);
});

test("a server that fails at one act gets the others, and that one once it is mended", async () => {
  const browser = new Browser();
  const broken = new Set(["bad"]);
  const tab = browser.tab();
  const { attempt } = tab;
  tab.attempt = async (/** @type {Act} */ one) =>
    (broken.has(one.words) ? { ok: false, status: 500, value: problem("internal_server_error") } : attempt(one));
  await tab.place(written("bad"));
  await tab.place(written("good"));
  for (let n = 0; n < 10; n += 1) await browser.pass(2000);
  assert.deepEqual(browser.words(), ["good"]);
  assert.equal(tab.state, "waiting");
  for (let n = 0; n < 100; n += 1) await browser.pass(3000);
  broken.clear();
  for (let n = 0; n < 20; n += 1) await browser.pass(3000);
  assert.deepEqual(browser.words(), ["good", "bad"]);
});

test("a token that is refused although it is the newest waits", async () => {
  const browser = new Browser();
  const tab = browser.tab();
  const { attempt } = tab;
  let refusing = true;
  tab.attempt = async (/** @type {Act} */ one) =>
    (refusing ? { ok: false, status: 403, value: { code: "csrf" } } : attempt(one));
  const { settled } = await tab.place(written("a"));
  for (let n = 0; n < 20; n += 1) await browser.pass(5000);
  refusing = false;
  await browser.pass(5000);
  await settled;
  assert.deepEqual(browser.words(), ["a"]);
});

test("who is signed out goes on after signing in again, and nothing goes under another name", async () => {
  const browser = new Browser();
  const tab = browser.tab();
  browser.who = null;
  const { settled } = await tab.place(written("a"));
  await browser.pass(10);
  assert.equal(tab.state, "signed out");
  browser.who = "Ben";
  browser.csrf = 2;
  await browser.pass(5000);
  assert.deepEqual(browser.words(), []);
  browser.who = "Ana";
  browser.csrf = 3;
  await browser.pass(5000);
  await settled;
  assert.deepEqual(browser.words(), ["a"]);
});

test("a late announcement waits for a word, and goes once it is given", async () => {
  const browser = new Browser();
  const tab = browser.tab({ seqOf: () => 4 });
  browser.away = true;
  const { n } = await tab.place(written("call", { kind: "announce", subject: "category:director", match: 4 }));
  await browser.pass(100);
  browser.away = false;
  await browser.pass(5 * MINUTE);
  assert.deepEqual(browser.words(), []);
  await tab.insist(n);
  await browser.pass(10);
  assert.deepEqual(browser.words(), ["call"]);
});

test("taking an act out of the outbox ends the wait for it", async () => {
  const browser = new Browser();
  browser.away = true;
  const tab = browser.tab();
  const { n, settled } = await tab.place(written("a"));
  await tab.remove(n);
  await assert.rejects(settled, (/** @type {any} */ one) => one.problem.code === "discarded");
});
