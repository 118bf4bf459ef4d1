import assert from "node:assert/strict";
import { test } from "node:test";
import { nightCheck } from "../../static/js/desk/night_check.js";

/** @import { Category, Draft, Post } from "../../static/js/desk/desk.d.ts" */

/** @param {string} id @param {Partial<Category>} more */
const category = (id, more = {}) => /** @type {Category} */ ({
  kind: "category", id, seq: 1, name: `Best ${id}`, state: "upcoming", winners: [], corrections: [],
  nominees: [{ id: "sean", name: "Sean Baker", film: "Anora" }], ...more });
/** @param {string} id @param {Partial<Draft>} more @returns {Draft} */
const draft = (id, more = {}) =>
  ({ kind: "draft", id, seq: 1, state: "working", author: "Ben", headline: id, body: "", ...more });
const text = draft("text", { outcome: { category: "Score", nominee: "sean" } });
/** @param {string} alt */
const post = (alt) => /** @type {Post} */ ({ kind: "post", id: "p", seq: 1, headline: "Carpet", corrections: [],
  published_at: "2025-03-03T01:00:00.000Z", media: [{ name: "a.jpg", width: 1, height: 1, alt }] });
/** @param {Parameters<typeof nightCheck>[0]} status @param {Partial<Parameters<typeof nightCheck>[1]>} night */
const told = (status, night) =>
  nightCheck(status, { categories: [], posts: [], drafts: [], addressed: true, ...night })
    .map(({ words, places }) => [words, ...places.map((place) => `${place.kind} ${place.id} ${place.words}`)]);

test("a night that is prepared, or has nothing open, is told nothing", () => {
  assert.deepEqual(told("live", { categories: [category("Score")], drafts: [text], posts: [post("A dress")] }), []);
  assert.deepEqual(told("ended", { categories: [category("Score", { state: "confirmed" })], drafts: [] }), []);
});

test("before the night: categories without nominees or without all texts, each with its place", () => {
  const categories = [category("Score"), category("Song"), category("Sound", { nominees: [] })];
  assert.deepEqual(told("live", { categories, drafts: [text] }), [
    ["1 category without nominees", "setup Sound Best Sound"],
    ["1 category with nominees who have no text yet", "prepared Song Best Song: 0\u00a0of\u00a01"],
  ]);
});

test("before the end: what is on stage, in doubt, provisional or never called leads to the stage", () => {
  const categories = [category("Score", { state: "on_stage" }), category("Song", { state: "announced" }),
    category("Sound", { state: "announced", doubt: { at: "2025-03-03T01:00:00.000Z" } }), category("Actor"),
    category("Actress"), category("Picture", { state: "confirmed" })];
  assert.deepEqual(told("ended", { categories }), [
    ["1 category still on stage", "stage Score Best Score"],
    ["1 category in doubt", "stage Sound Best Sound"],
    ["1 category provisional", "stage Song Best Song"],
    ["2 categories never called", "stage Actor Best Actor", "stage Actress Best Actress"],
  ]);
});

test("drafts are told by what they wait for; texts for winners and what was put away are none", () => {
  const drafts = [draft("a", { state: "submitted" }), draft("b", { publish_at: "2025-03-03T09:00:00.000Z" }),
    draft("c", { on: { category: "Score", state: "announced" } }), draft("d"), draft("e", { state: "returned" }), text,
    draft("f", { put_away: true })];
  assert.deepEqual(told("ended", { drafts }), [
    ["1 draft submitted and not published", "draft draft:a a"],
    ["2 drafts still scheduled", "draft draft:b b", "draft draft:c c"],
    ["2 drafts not published", "draft draft:d d", "draft draft:e e"],
  ]);
});

test("a picture without a description leads to its text; a site without an address is told, too", () => {
  assert.deepEqual(told("live", { posts: [post(" ")] }),
    [["1 text with a picture that has no description", "text post:p Carpet"]]);
  const [[words]] = told("ended", { addressed: false });
  assert.match(words, /^The site’s public address is not set/);
});
