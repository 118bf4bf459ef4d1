import assert from "node:assert/strict";
import { test } from "node:test";
import * as asked from "../../static/js/desk/asked.js";
import { AGES } from "../../static/js/desk/outbox.js";

/** @type {any} */
const BLOG = { kind: "blog", id: "anora", seq: 9, order: [] };
/** @type {any} */
const CATEGORY = { kind: "category", id: "director", seq: 4, name: "Best Director" };
/** @type {any} */
const POST = { kind: "post", id: "p", seq: 5, headline: "Doors open", body: "They do." };
/** @type {any} */
const DRAFT = { kind: "draft", id: "d", seq: 6, body: "Soon.\nMore." };
const TEXT = { body: "Now." };
const PLAN = { publish_at: "2025-03-03T05:00:00Z", on: null, outcome: null };
/** @param {import("../../static/js/desk/desk.d.ts").Written} base */
const over = (base) => ({ text: TEXT, target: { kind: base.kind, id: base.id, base }, plan: PLAN });
const ALL = {
  changeStatus: asked.changeStatus(BLOG, "live", "Start the night"), pin: asked.pin(BLOG, POST, true),
  step: asked.step(CATEGORY, "announce", "Announce", { winners: ["sean"] }),
  changeNote: asked.changeNote(CATEGORY, "The card was wrong."), publish: asked.publish(TEXT),
  undo: asked.undo(POST), retract: asked.retract(POST), purge: asked.purge(POST),
  restore: asked.restore(POST, { ...POST, body: "Old." }, 7),
  replace: asked.replace(over(POST), POST), saveDraft: asked.saveDraft({ text: TEXT, target: null }, TEXT),
  publishDraft: asked.publishDraft(DRAFT), submitDraft: asked.submitDraft(DRAFT),
  returnDraft: asked.returnDraft(DRAFT, "Shorter"), discardDraft: asked.discardDraft(DRAFT),
};

test("the outbox knows of each act how old it may grow, and what it is called", () => {
  assert.deepEqual(Object.keys(asked).sort(), Object.keys(ALL).sort());
  for (const { kind, words } of Object.values(ALL)) {
    assert.ok(kind in AGES, kind);
    assert.ok(words);
  }
  const steps = ["on-stage", "confirm", "doubt", "recall"];
  for (const name of steps) assert.ok(asked.step(CATEGORY, name, "…").kind in AGES);
});

test("an act is meant for the version that the editor saw", () => {
  const { path, match, subject, words } = ALL.step;
  assert.deepEqual({ path, match, subject, words }, { path: "/categories/director/announce", match: 4,
    subject: "category:director", words: "Announce Best Director" });
  assert.deepEqual([ALL.changeStatus.match, ALL.undo.match, ALL.publishDraft.match, ALL.replace.match], [9, 5, 6, 5]);
  assert.deepEqual([ALL.discardDraft.path, ALL.returnDraft.path], ["/drafts/d", "/drafts/d/return"]);
  assert.equal(ALL.restore.match, 7); // the newest, whatever the row showed when the history was opened
});

test("a takedown and a pin are meant for no version: a newer one does not block them", () => {
  assert.deepEqual([ALL.retract.match, ALL.purge.match, ALL.pin.match], [undefined, undefined, undefined]);
  assert.deepEqual([ALL.purge.path, asked.pin(BLOG, POST, false).body], ["/posts/p/purge",
    { post: null }]);
});

test("a text comes back when its act is taken out of the outbox", () => {
  for (const act of [ALL.publish, ALL.saveDraft, ALL.replace]) assert.equal(act.edit?.text, TEXT);
  assert.equal(ALL.restore.edit?.text.body, "Old.");
  assert.equal(ALL.restore.edit?.target?.base, POST);
});

test("a draft's plan goes with its text, a post has none", () => {
  assert.deepEqual(asked.replace(over(DRAFT), DRAFT).body, { ...TEXT, ...PLAN });
  assert.deepEqual(ALL.replace.body, TEXT);
  const saved = asked.saveDraft(over(DRAFT), { ...TEXT, ...PLAN });
  assert.deepEqual([saved.method, saved.path, saved.match], ["PATCH", "/drafts/d", 6]);
  assert.deepEqual([ALL.saveDraft.method, ALL.saveDraft.path, ALL.saveDraft.subject], ["POST", "/drafts", undefined]);
});
