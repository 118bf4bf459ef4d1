import assert from "node:assert/strict";
import { test } from "node:test";
import { countOf, missed } from "../../static/js/reader/digest.js";
import { PauseQueue } from "../../static/js/reader/pause_queue.js";
import { NEVER, Notices } from "../../static/js/reader/notices.js";
import { namesOf, resultsOf, winnersKey } from "../../static/js/reader/winners.js";
import { words } from "../../static/js/reader/words.js";

/** @import { Apply, Category, News } from "../../static/js/reader/wire.d.ts" */

const NOMINEES = [
  { id: "baker", name: "Sean Baker", film: "Anora" },
  { id: "audiard", name: "Jacques Audiard", film: "Emilia Pérez" },
];

/** @param {Partial<Category>} [fields] @returns {Category} */
const director = (fields) =>
  ({ kind: "category", id: "director", seq: 1, html: "", name: "Best Director", state: "upcoming",
    nominees: NOMINEES, winners: [], corrections: [], ...fields });
/** @param {Partial<Category>} [fields] */
const called = (fields) =>
  director({ state: "announced", winners: ["baker"], announced_at: "2025-03-03T03:00:00.000Z", ...fields });
const picture = { ...director(), id: "picture", name: "Best Picture" };
/** @param {number} minute */
const at = (minute) => `2025-03-03T03:${String(minute).padStart(2, "0")}:00.000Z`;

// -- winners

test("winners come in the order of the nominees; without any there is nothing to say", () => {
  assert.equal(namesOf(called({ winners: ["audiard", "baker"] })), "Sean Baker, Jacques Audiard");
  assert.deepEqual([namesOf(director()), winnersKey(director())], ["", ""]);
});

// -- the digest

/** @type {any[]} */
const posts = [
  { id: "a", type: "update", published_at: at(1) },
  { id: "c", type: "result", published_at: at(3) },
  { id: "b", type: "update", published_at: at(2) },
  { id: "d", retracted: true },
];

test("a digest counts updates and winners, and knows the first that was missed", () => {
  const news = missed({ posts, since: at(1), before: resultsOf([director(), picture]),
    categories: [called(), picture] });
  assert.deepEqual([news.updates, news.winners.map((each) => [each.category.id, each.what]), news.first],
    [1, [["director", "won"]], "b"]);
});

test("a digest tells a corrected result from one that was withdrawn", () => {
  /** @param {Category} before @param {Category} now */
  const what = (before, now) =>
    missed({ posts: [], since: at(1), before: resultsOf([before]), categories: [now] })
      .winners.map((each) => each.what);
  assert.deepEqual(what(called(), called({ winners: ["audiard"] })), ["corrected"]);
  assert.deepEqual(what(called(), director({ state: "on_stage" })), ["withdrawn"]);
  assert.deepEqual(what(called(), called({ state: "confirmed" })), []);
});

test("in a digest a result in doubt is named but no winner", () => {
  const doubt = { at: at(4) };
  /** @param {Category} before @param {Category} now */
  const news = (before, now) => {
    const found = missed({ posts: [], since: at(1), before: resultsOf([before]), categories: [now] });
    return [found.winners.map((each) => each.what), countOf(found).winners, countOf(found).doubts];
  };
  assert.deepEqual(news(director(), called({ doubt })), [["doubted"], 0, 1]);
  assert.deepEqual(news(called(), called({ doubt })), [["doubted"], 0, 1]);
  assert.deepEqual(news(called({ doubt }), called({ doubt })), [[], 0, 0]);
  assert.deepEqual(news(called({ doubt }), called({ state: "confirmed" })), [["won"], 1, 0]);
  assert.deepEqual(news(called({ doubt }), called({ winners: ["audiard"] })), [["corrected"], 1, 0]);
  assert.deepEqual(news(called({ doubt }), director({ state: "on_stage" })), [["withdrawn"], 1, 0]);
});

test("a digest in words", () => {
  assert.equal(words.missed({ winners: 1, doubts: 2, updates: 1 }), "1 winner, 2 results in doubt, 1 update");
  assert.equal(words.missed({ winners: 2, updates: 7 }), "2 winners, 7 updates");
  assert.equal(words.missed({ winners: 1, updates: 1 }), "1 winner, 1 update");
  assert.equal(words.missed({ winners: 0, updates: 3 }), "3 updates");
});

// -- pausing

const pausing = () => {
  /** @type {unknown[]} */
  const passed = [];
  /** @type {Apply} */
  const pass = (objects, reset, ...tally) =>
    passed.push([objects.map((each) => `${each.id}${each.seq}`), reset, ...tally.filter(Boolean)]);
  return { queue: new PauseQueue(pass), passed };
};
/** @param {string} id @param {number} seq @returns {any} */
const object = (id, seq) => ({ kind: "post", id, seq });

test("a pause keeps each object as it is now, in order, and lets all go at once", () => {
  const { queue, passed } = pausing();
  queue.take([object("a", 1)], false);
  queue.pause();
  queue.take([object("b", 2)], false);
  queue.take([object("a", 3), object("c", 3)], false);
  queue.take([object("b", 4)], false);
  assert.equal(queue.waiting("post").length, 3);
  assert.deepEqual(passed, [[["a1"], false]]);
  queue.resume();
  assert.deepEqual(passed.at(-1), [["a3", "c3", "b4"], false]);
  queue.take([object("d", 5)], false);
  assert.deepEqual(passed.at(-1), [["d5"], false]);
});

test("a reset during a pause replaces what waited; nothing is no news", () => {
  const { queue, passed } = pausing();
  queue.pause();
  queue.take([object("a", 9)], false);
  queue.take([object("b", 1)], true);
  queue.take([object("c", 2)], false);
  queue.resume();
  assert.deepEqual(passed, [[["b1", "c2"], true]]);
  queue.pause();
  queue.resume();
  assert.equal(passed.length, 1);
});

test("a pause keeps the newest tally, also of an object that comes again without one", () => {
  const { queue, passed } = pausing();
  queue.pause();
  queue.take([object("a", 1)], false, "0 of 2");
  queue.take([object("b", 2)], false, "1 of 2");
  queue.take([object("b", 3)], false);
  queue.resume();
  assert.deepEqual(passed, [[["a1", "b3"], false, "1 of 2"]]);
  queue.pause();
  queue.take([object("c", 4)], false);
  queue.resume();
  assert.deepEqual(passed.at(-1), [["c4"], false]); // what was shown already does not come again
  queue.pause();
  queue.take([object("a", 5)], false, "2 of 2");
  queue.take([object("d", 1)], true, "0 of 1");
  queue.resume();
  assert.deepEqual(passed.at(-1), [["d1"], true, "0 of 1"]);
});

test("a category that is taken off the board during a pause is no news", () => {
  const { queue, passed } = pausing();
  queue.pause();
  queue.take([{ kind: "category", id: "song", seq: 1, removed: true }, object("a", 1)], false);
  assert.deepEqual([queue.waiting("category"), queue.waiting("post").length], [[], 1]);
  queue.resume();
  assert.deepEqual(passed, [[["song1", "a1"], false]]);
});

test("when applying fails on resuming, the pause goes on and nothing is lost", () => {
  const queue = new PauseQueue(() => { throw new Error("no"); });
  queue.pause();
  queue.take([object("a", 1)], false);
  assert.throws(() => queue.resume());
  assert.deepEqual([queue.paused, queue.waiting("post").length], [true, 1]);
});

// -- notifications

/** @param {number} hold @param {Record<string, string>} [notified] */
const notices = (hold, notified) => new Notices({ hold, notified, categories: [director(), picture] });
/** @param {News[]} news */
const said = (news) => news.map((each) => [each.category.id, each.what, each.category.winners.join()]);

test("a provisional result waits; confirming tells at once", () => {
  const waiting = notices(60);
  assert.deepEqual(said(waiting.see(called(), 1000)), []);
  assert.equal(waiting.next, 61000);
  assert.deepEqual(said(waiting.due(60999)), []);
  assert.deepEqual(said(waiting.due(61000)), [["director", "won", "baker"]]);
  assert.deepEqual(said(waiting.see(called({ state: "confirmed" }), 70000)), []);
  const sooner = notices(60);
  sooner.see(called(), 1000);
  assert.deepEqual(said(sooner.see(called({ state: "confirmed" }), 2000)), [["director", "won", "baker"]]);
  assert.equal(sooner.next, Infinity);
});

test("a wrong envelope within the hold time reaches nobody", () => {
  const waiting = notices(60);
  waiting.see(called(), 0);
  assert.deepEqual(said(waiting.see(called({ winners: ["audiard"] }), 30000)), []);
  assert.deepEqual(said(waiting.due(60000)), []);
  assert.deepEqual(said(waiting.due(90000)), [["director", "won", "audiard"]]);
  const recalled = notices(60);
  recalled.see(called(), 0);
  assert.deepEqual(said(recalled.see(director({ state: "on_stage" }), 10000)), []);
  assert.deepEqual(said(recalled.due(99999)), []);
});

test("in doubt nobody is notified, until the doubt ends", () => {
  const doubt = { at: at(1) };
  for (const hold of [0, 60]) {
    const waiting = notices(hold);
    assert.deepEqual(said(waiting.see(called({ doubt, state: "confirmed" }), 0)), []); // called and doubted in a tunnel
    assert.deepEqual([said(waiting.due(1e12)), waiting.next], [[], Infinity]);
    assert.deepEqual(said(waiting.see(called({ state: "confirmed" }), 1e12)), [["director", "won", "baker"]]);
  }
  const minute = notices(60);
  minute.see(called(), 0);
  minute.see(called({ doubt }), 30000);
  assert.deepEqual(said(minute.due(99999)), []);
  assert.deepEqual(said(minute.see(called({ winners: ["audiard"] }), 100000)), []);
  assert.deepEqual(said(minute.due(160000)), [["director", "won", "audiard"]]);
});

test("who was told is told nothing of a doubt, but of the recall", () => {
  const doubt = { at: at(1) };
  const quick = notices(0);
  quick.see(called(), 0);
  assert.deepEqual(said(quick.see(called({ doubt }), 1)), []);
  assert.deepEqual(said(quick.see(called({ state: "confirmed" }), 2)), []);
  assert.deepEqual(said(quick.see(called({ winners: ["audiard"], doubt }), 3)), []);
  assert.deepEqual(said(quick.see(called({ winners: ["audiard"] }), 4)), [["director", "corrected", "audiard"]]);
});

test("who was told is told of a recall at once", () => {
  const quick = notices(0);
  assert.deepEqual(said(quick.see(called(), 0)), [["director", "won", "baker"]]);
  assert.deepEqual(said(quick.see(called({ winners: ["audiard"] }), 10)), [["director", "corrected", "audiard"]]);
  assert.deepEqual(said(quick.see(director({ state: "on_stage" }), 20)), [["director", "withdrawn", ""]]);
  assert.deepEqual(said(quick.see(called(), 30)), [["director", "won", "baker"]]);
});

test("also after a reload, by what the browser remembers", () => {
  const reloaded = new Notices({ hold: 60, notified: { director: "baker" }, categories: [called()] });
  assert.deepEqual(said(reloaded.see(director({ state: "on_stage" }), 0)), [["director", "withdrawn", ""]]);
});

test("what the page showed from the start is no news; NEVER waits for the confirmation", () => {
  const late = new Notices({ hold: 0, categories: [called()] });
  assert.deepEqual(said(late.see(called({ state: "confirmed" }), 0)), []);
  const strict = notices(NEVER);
  strict.see(called(), 0);
  assert.equal(strict.next, Infinity);
  assert.deepEqual(said(strict.due(1e12)), []);
  assert.deepEqual(said(strict.see(called({ state: "confirmed" }), 1)), [["director", "won", "baker"]]);
});
