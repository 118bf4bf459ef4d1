import assert from "node:assert/strict";
import { test } from "node:test";
import { fitting } from "../../static/js/desk/post_filter.js";
import { PostRecords } from "../../static/js/desk/post_records.js";

/** @import { Post } from "../../static/js/desk/desk.d.ts" */
/** @import { Kind } from "../../static/js/desk/post_filter.js" */

/** @param {string} id @param {Partial<Post>} more @returns {Post} */
const post = (id, more) => ({ kind: "post", id, published_at: id, seq: 1, corrections: [], ...more });
const posts = [
  post("a", { headline: "Karla Sofía Gascón", body: "arrives" }),
  post("b", { type: "result", headline: "Best Sound: *Dune*", byline: "Ana" }),
  post("c", { key: true, body: "A key moment", media: [{ name: "x", width: 1, height: 1, alt: "The Straße" }] }),
  post("d", { type: "result", headline: "Best Sound: false", retracted: true }),
];

/** @param {Kind} kind @param {string} query */
const found = (kind, query = "") =>
  fitting(posts, { kind, query, isMine: (one) => one.byline === "Ana" }).map((one) => one.id).join("");

test("updates are found by kind and by words, whatever their accents", () => {
  assert.equal(found("all"), "abcd");
  assert.equal(found("results"), "b");
  assert.equal(found("key"), "bc");
  assert.equal(found("mine"), "b");
  assert.equal(found("retracted"), "d");
  assert.equal(found("all", "GASCON sofia"), "a");
  assert.equal(found("all", " sound "), "bd");
  assert.equal(found("results", "sound"), "b");
  assert.equal(found("all", "straße"), "c");
  assert.equal(found("all", "ana dune"), "b");
  assert.equal(found("all", "nobody"), "");
});

test("retracted updates and writers are looked up once, and again when there are more", async () => {
  const asked = /** @type {string[]} */ ([]);
  const stones = [{ id: "d", seq: 4 }, { id: "purged", seq: 5 }];
  /** @type {any} */
  const workspace = {
    me: { name: "Ana", editor: true },
    timelines: { public: { posts, retracted: stones, former: new Map([["seen", posts[0]]]) } },
    api: { async read(/** @type {string} */ path) {
      asked.push(path);
      return path === "/writers" ? { writers: { a: "Ana" } }
        : { posts: [{ id: "d", seq: 4, at: "t", by: "Ben", object: posts[3] }, { id: "purged", seq: 5 }] };
    } },
  };
  let told = 0;
  const records = new PostRecords(workspace, () => { told += 1; }, 0);
  assert.deepEqual([records.retracted(), records.isMine(posts[0])], [[], false]);
  await new Promise((done) => setTimeout(done));
  assert.deepEqual(records.retracted().map((one) => [one.id, one.by]), [["d", "Ben"]]);
  assert.equal(records.isMine(posts[0]), true);
  assert.equal(records.isMine(posts[2]), false);
  assert.deepEqual(asked, ["/retracted", "/writers"]);
  assert.ok(told >= 2);
  stones[0].seq = 6;
  stones.push({ id: "seen", seq: 7 });
  assert.deepEqual(records.retracted().map((one) => [one.id, one.headline, one.retracted]),
    [["a", "Karla Sofía Gascón", true]]); // what this page saw before is known at once
  assert.deepEqual(asked, ["/retracted", "/writers", "/retracted"]);
  workspace.me.editor = false;
  assert.deepEqual(records.retracted(), []);
});
