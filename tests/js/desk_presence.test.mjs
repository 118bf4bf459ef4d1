import assert from "node:assert/strict";
import { test } from "node:test";
import { doing, Presence } from "../../static/js/desk/presence.js";

/** @param {Partial<import("../../static/js/desk/desk.d.ts").Person>[]} people */
const presence = (...people) => Object.assign(new Presence("Ana"), { people });

test("an editor sees who else edits an object, each once, and not herself", () => {
  /** @param {string[]} names */
  const of = (...names) => presence(...names.map((name) => ({ name, editing: "post:a" }))).editing("post:a");
  assert.equal(of("Ana"), "");
  assert.equal(of("Ana", "Ben"), "Ben is editing this.");
  assert.equal(of("Ben", "Cid"), "Ben and Cid are editing this.");
  assert.equal(presence({ name: "Ben", editing: "post:b" }).editing("post:a"), "");
});

test("somebody with two tabs is listed once, with what one of them edits", () => {
  const { each } = presence({ name: "Ben", role: "editor", editing: "draft:d" }, { name: "Ben", role: "editor" });
  assert.deepEqual(each, [{ name: "Ben", role: "editor", editing: "draft:d" }]);
});

test("what somebody does is told by the object's name where the desk knows it", () => {
  /** @type {Record<string, any>} */
  const objects = {
    "post:a": { kind: "post", headline: "Doors open" }, "post:b": { kind: "post" },
    "category:director": { kind: "category", name: "Best Director" },
  };
  /** @param {string | null} editing */
  const words = (editing) => doing({ role: "editor", editing }, (ref) => objects[ref]);
  assert.equal(words(null), "editor");
  assert.equal(words("post:a"), "edits “Doors open”");
  assert.equal(words("post:b"), "edits an update");
  assert.equal(words("draft:new"), "edits a draft");
  assert.equal(words("category:director"), "edits Best Director");
  assert.equal(words("category:song"), "edits song");
});
