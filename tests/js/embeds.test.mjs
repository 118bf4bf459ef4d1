import assert from "node:assert/strict";
import { test } from "node:test";
import { heightOf, themed } from "../../static/js/reader/embeds.js";

test("a post in a frame says its height in its site's own way", () => {
  assert.equal(heightOf({ "twttr.embed": { method: "twttr.private.resize", params: [{ height: 411.2 }] } }), 412);
  assert.equal(heightOf({ id: "liveblog", height: 300 }), 300);
  assert.equal(heightOf(JSON.stringify({ type: "MEASURE", details: { height: 640 } })), 640);
});

test("anything else says nothing, and nobody gets a page's whole height", () => {
  for (const data of [null, undefined, "", "{", "7", 7, {}, { height: "100%" }, { height: -5 }, { height: NaN },
    { "twttr.embed": { method: "x" } }]) {
    assert.equal(heightOf(data), undefined);
  }
  assert.equal(heightOf({ height: 1e9 }), 2400);
});

test("only X is told the theme", () => {
  assert.match(themed("https://platform.twitter.com/embed/Tweet.html?id=1", true), /theme=dark$/);
  assert.doesNotMatch(themed("https://platform.twitter.com/embed/Tweet.html?id=1", false), /theme/);
  assert.doesNotMatch(themed("https://embed.bsky.app/embed/a/b", true), /theme/);
});
