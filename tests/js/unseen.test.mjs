// Which updates the reader has not seen yet: counted, and kept in the document only as far as the newest page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Unseen } from "../../static/js/reader/unseen.js";

/** @param {number} place */
const post = (place) =>
  ({ id: `p${place}`, place, published_at: `2025-03-03T03:${String(place).padStart(2, "0")}:00.000Z` });
const page = (newest = 30) => new Unseen({ cut: 0, newest, newestAt: post(newest).published_at });
const AT_TOP = { here: false, pinned: false, away: false, top: 30 };
const AWAY = { ...AT_TOP, away: true };

test("at the top a new post is shown at once, and counted until the list is in sight", () => {
  const unseen = page();
  assert.deepEqual(unseen.take(post(31), AT_TOP), { fate: "show", arrived: true });
  assert.equal(unseen.count, 1);
  unseen.clear();
  assert.deepEqual([unseen.count, unseen.newest, unseen.newestAt], [0, 31, post(31).published_at]);
});

test("away from the top new posts are held back and counted, until the reader sees them or they go", () => {
  const unseen = page();
  for (const place of [31, 32, 33]) assert.deepEqual(unseen.take(post(place), AWAY), { fate: "hold", arrived: true });
  assert.equal(unseen.count, 3);
  unseen.drop("p32");
  assert.equal(unseen.count, 2);
  unseen.clear();
  assert.equal(unseen.count, 0);
});

test("what the reader had seen before the page was made is shown, and no news", () => {
  const unseen = page();
  unseen.readUntil(post(32).published_at);
  for (const place of [31, 32]) assert.deepEqual(unseen.take(post(place), AWAY), { fate: "show", arrived: false });
  assert.deepEqual(unseen.take(post(33), AWAY), { fate: "hold", arrived: true });
  assert.deepEqual([unseen.count, unseen.newest], [1, 33]);
});

test("an edit takes the old one's place, and is no arrival", () => {
  const unseen = page();
  unseen.take(post(31), AWAY);
  assert.deepEqual(unseen.take(post(31), { ...AWAY, here: true }), { fate: "replace", arrived: false });
  assert.deepEqual(unseen.take(post(12), { ...AT_TOP, here: true }), { fate: "replace", arrived: false });
  assert.equal(unseen.count, 1);
});

test("a pinned post is shown wherever it stands, and is not counted", () => {
  const unseen = new Unseen({ cut: 20, newest: 45, newestAt: undefined });
  assert.deepEqual(unseen.take(post(3), { ...AWAY, pinned: true }), { fate: "show", arrived: false });
  assert.deepEqual(unseen.take(post(46), { ...AWAY, pinned: true }), { fate: "show", arrived: false });
  assert.deepEqual([unseen.count, unseen.newest], [0, 46]);
});

test("an edited post of an older page passes", () => {
  const unseen = new Unseen({ cut: 20, newest: 45, newestAt: undefined });
  assert.deepEqual(unseen.take(post(20), AT_TOP), { fate: "pass", arrived: false });
});

test("what comes back into the shown part of the list is shown at once, also to a reader who is away", () => {
  assert.deepEqual(page().take(post(12), AWAY), { fate: "show", arrived: false }); // it was pinned before
});

test("an unseen post that passed on to an older page is counted, and an edit does not bring it back", () => {
  const unseen = page(30);
  for (let place = 31; place <= 70; place += 1) unseen.take(post(place), AWAY);
  assert.deepEqual([unseen.count, unseen.passedOn], [40, 40]);
  // the document lets go of it again: it stands below `passedOn`
  assert.equal(unseen.take(post(35), AWAY).fate, "hold");
  unseen.clear();
  assert.equal(unseen.take(post(35), AWAY).fate, "pass");
});

test("the cut follows the newest post only when asked, so that nothing goes under a reader's eyes", () => {
  const unseen = page(39);
  unseen.take(post(40), AT_TOP);
  assert.equal(unseen.cut, 0);
  unseen.trim();
  assert.equal(unseen.cut, 20);
});

test("a reset keeps what is unseen and still there, and may bring the cut back", () => {
  const unseen = new Unseen({ cut: 20, newest: 45, newestAt: post(45).published_at });
  for (const place of [46, 47]) unseen.take(post(place), AWAY);
  unseen.reset([post(46), ...[3, 2, 1].map(post)]);
  assert.deepEqual([unseen.count, unseen.newest, unseen.newestAt, unseen.cut], [1, 46, post(46).published_at, 20]);
  unseen.reset([post(2), post(1)]);
  assert.deepEqual([unseen.count, unseen.newest, unseen.cut], [0, 2, 0]);
  unseen.reset([]);
  assert.deepEqual([unseen.newest, unseen.newestAt], [0, undefined]);
});

const fromStart = () => new Unseen({ cut: 20, newest: 57, newestAt: post(57).published_at }, true);
const READING = { here: false, pinned: false, away: true, top: 57 };

test("on a page from the start an arrival stands at the end at once, and is unseen until the end is seen", () => {
  const unseen = fromStart();
  assert.deepEqual(unseen.take(post(58), READING), { fate: "show", arrived: true });
  assert.deepEqual([unseen.count, unseen.first], [1, "p58"]);
  unseen.clear();
  assert.deepEqual([unseen.count, unseen.first], [0, undefined]);
});

test("a full page from the start takes no more, and goes on counting what stands on the next one", () => {
  const unseen = fromStart();
  for (let place = 58; place <= 61; place += 1) unseen.take(post(place), READING);
  assert.equal(unseen.end, 59);
  assert.deepEqual(unseen.take(post(62), { ...READING, away: false }), { fate: "pass", arrived: true });
  unseen.clear();
  assert.deepEqual([unseen.count, unseen.first], [3, "p60"]); // not seen by looking at this page's end
  assert.equal(unseen.take(post(20), READING).fate, "pass");
});

test("in another life of the night a page from the start ends where that one does", () => {
  const unseen = fromStart();
  unseen.reset([post(3), post(7)]);
  assert.deepEqual([unseen.cut, unseen.end, unseen.newest], [0, 39, 7]);
});
