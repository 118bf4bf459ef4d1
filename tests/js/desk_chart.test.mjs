import assert from "node:assert/strict";
import { test } from "node:test";
import { plot, roof } from "../../static/js/desk/chart.js";

test("readers over time fill the box from edge to edge, under a round number", () => {
  /** @type {[string, number][]} */
  const points = [["2025-03-03T00:00:00Z", 0], ["2025-03-03T00:30:00Z", 150], ["2025-03-03T01:00:00Z", 100]];
  const found = plot(points, { width: 200, height: 40 });
  assert.equal(found?.most, 200);
  assert.equal(found?.line, "0,40 100,10 200,20");
  assert.equal(found?.area, "M0,40 L0,40 L100,10 L200,20 L200,40 Z");
});

test("one point is no line, and two of one moment do not divide by nothing", () => {
  assert.equal(plot([["2025-03-03T00:00:00Z", 3]], { width: 1, height: 1 }), null);
  assert.equal(plot([["never", 3], ["2025-03-03T00:00:00Z", 3]], { width: 1, height: 1 }), null);
  const two = plot([["2025-03-03T00:00:00Z", 3], ["2025-03-03T00:00:00Z", 4]], { width: 9, height: 9 });
  assert.match(two?.line ?? "", /^0,/);
});

test("round numbers", () => {
  assert.deepEqual([1, 3, 7, 10, 11, 999, 1000].map(roof), [1, 5, 10, 10, 20, 1000, 1000]);
});
