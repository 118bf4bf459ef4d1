import assert from "node:assert/strict";
import { test } from "node:test";
import { relative } from "../../static/js/reader/times.js";

const NOW = Date.parse("2025-03-03T01:00:00Z");
const ago = (seconds) => relative(NOW - seconds * 1000, NOW);

test("times are relative while they are fresh", () => {
  assert.equal(ago(0), "now");
  assert.equal(ago(59), "now");
  assert.equal(ago(60), "1 min ago");
  assert.equal(ago(3599), "59 min ago");
  assert.equal(ago(3600), null);
});

test("a clock that is behind never shows a negative time", () => {
  assert.equal(ago(-30), "now");
  assert.equal(ago(-86400), "now");
});
