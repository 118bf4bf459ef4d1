import assert from "node:assert/strict";
import { test } from "node:test";
import { SeenDrafts } from "../../static/js/desk/seen_drafts.js";
import {
  filmsOf, named, prepared, readiness, sorted, State, Timelines, unread, winners,
} from "../../static/js/desk/state.js";

/** @import { Draft, Post } from "../../static/js/desk/desk.d.ts" */

/** @type {any} */
const blog = { kind: "blog", id: "anora", order: ["director", "missing"], seq: 1 };
/** @type {any} */
const director = {
  kind: "category", id: "director", seq: 1, winners: ["sean", "anora"],
  nominees: [{ id: "sean", name: "Sean Baker", film: "Anora" }, { id: "anora", name: "Anora", film: "Anora" },
    { id: "x", name: "X", film: "Y" }],
};
/** @param {string} id @param {string} at @param {number} seq @param {Partial<Post>} more @returns {Post} */
const post = (id, at, seq, more = {}) => ({ kind: "post", id, published_at: at, seq, corrections: [], ...more });
/** @param {string} id @param {number} seq @param {Partial<Draft>} more @returns {Draft} */
const draft = (id, seq, more = {}) => ({ kind: "draft", id, seq, state: "working", author: "Ben", ...more });

function night() {
  const state = new State();
  state.put([blog, director, post("p", "2025-03-03T01:00:00.000Z", 1)]);
  return state;
}

test("objects are found by kind, categories in running order", () => {
  const state = night();
  assert.equal(state.blog.id, "anora");
  assert.deepEqual(state.categories, [director]);
});

test("posts are newest first, without retracted ones, and in one order when they are of the same moment", () => {
  const state = night();
  const at = "2025-03-03T02:00:00.000Z";
  state.put([post("b", at, 2), post("c", at, 3), post("r", at, 4, { retracted: true })]);
  assert.deepEqual(state.posts.map((one) => one.id), ["c", "b", "p"]);
});

test("a reset replaces everything, also by less", () => {
  const state = night();
  state.put([{ ...blog, order: [] }], true);
  assert.deepEqual([state.posts, state.categories], [[], []]);
});

test("winners are named with their film, a film by its name alone", () => {
  assert.deepEqual(winners(director), ["Sean Baker (Anora)", "Anora"]);
  assert.equal(named(director.nominees[2]), "X (Y)");
});

test("a role, a song or a country stands behind the films; an honour has none", () => {
  const nominee = (/** @type {object} */ fields) => ({ id: "n", name: "N", ...fields });
  assert.equal(named(nominee({ film: "One", films: ["One", "Two"], detail: "Song" })), "N (One, Two, Song)");
  assert.equal(named(nominee({ film: "N", detail: "Brazil" })), "N (Brazil)");
  assert.equal(named(nominee({})), "N");
  assert.deepEqual(filmsOf(nominee({ film: "One" })), ["One"]);
});

test("drafts lie in piles by what has to be done with them", () => {
  const state = new State();
  state.put([
    draft("w", 1), draft("s", 2, { state: "submitted" }), draft("late", 3, { publish_at: "2025-03-03T05:00:00Z" }),
    draft("gone", 4, { gone: true }),
    draft("soon", 5, { publish_at: "2025-03-03T02:00:00Z", state: "submitted" }),
    draft("on", 6, { on: { category: "director", state: "on_stage" } }),
    draft("o", 7, { outcome: { category: "director", nominee: "sean" } }),
    draft("away", 8, { outcome: { category: "director", nominee: "x" }, put_away: true }),
    draft("back", 9, { state: "returned" }),
  ]);
  const piles = Object.fromEntries(Object.entries(sorted(state.drafts))
    .map(([name, pile]) => [name, pile.map((one) => one.id)]));
  assert.deepEqual(piles,
    { submitted: ["s"], scheduled: ["soon", "late", "on"], prepared: ["o"], working: ["back", "w"], away: ["away"] });
});

test("a prepared text is found by its nominee until it is put away", () => {
  const drafts = [draft("o", 7, { outcome: { category: "director", nominee: "sean" } }),
    draft("a", 8, { outcome: { category: "director", nominee: "x" }, put_away: true })];
  assert.equal(prepared(drafts, director, director.nominees[0])?.id, "o");
  assert.equal(prepared(drafts, director, director.nominees[2]), undefined);
});

test("what others did since one looked is unread, what one did oneself is not", () => {
  assert.equal(unread(draft("a", 3), "Ana", {}), true);
  assert.equal(unread(draft("a", 3), "Ana", { a: 3 }), false);
  assert.equal(unread(draft("a", 4), "Ana", { a: 3 }), true);
  assert.equal(unread(draft("a", 4), "Ben", {}), false);
  assert.equal(unread(draft("a", 4, { editor: "Ana" }), "Ana", {}), false);
});

test("an object is found on either timeline, with its version", () => {
  const timelines = new Timelines();
  timelines.public.put([director, post("p", "2025-03-03T01:00:00.000Z", 4)]);
  timelines.desk.put([draft("o", 7, { outcome: { category: "director", nominee: "sean" } })]);
  assert.deepEqual(["post:p", "draft:o", "post:x"].map((ref) => timelines.seqOf(ref)), [4, 7, undefined]);
  assert.equal(timelines.prepared(director, director.nominees[0])?.id, "o");
  assert.equal(timelines.public.category("director"), director);
});

test("of the open categories one sees which nominees have a text", () => {
  const open = { ...director, state: "on_stage" };
  const drafts = [draft("o", 7, { outcome: { category: "director", nominee: "anora" } })];
  const [found, ...others] = readiness([open, { ...director, state: "announced" }, { ...open, nominees: [] }], drafts);
  assert.deepEqual(others, []);
  assert.deepEqual([found.ready, found.texts.map(({ text }) => text?.id)], [1, [undefined, "o", undefined]]);
});

test("what was looked at is remembered as long as it is there, also by the next page", () => {
  /** @type {Record<string, number>} */
  let kept = { gone: 1 };
  const store = { load: () => kept, save: (/** @type {typeof kept} */ seen) => { kept = seen; } };
  const [one, two] = [draft("a", 3), draft("b", 4)];
  const seen = new SeenDrafts("Ana", store);
  assert.deepEqual([seen.isNew(one), seen.isNew(two)], [true, true]);
  seen.look([one], [one, two]);
  assert.deepEqual(kept, { a: 3 });
  assert.deepEqual([seen.isNew(one), new SeenDrafts("Ana", store).isNew(one), seen.isNew(two)], [false, false, true]);
  assert.equal(seen.isNew(draft("a", 5)), true);
  kept = { b: 4 }; // another tab
  seen.reload();
  assert.deepEqual([seen.isNew(one), seen.isNew(two)], [true, false]);
});
