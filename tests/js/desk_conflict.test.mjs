import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, differing, merge, mergeText } from "../../static/js/desk/conflict.js";

/** @import { Run } from "../../static/js/desk/conflict.js" */

/** @param {Run[]} runs @param {string[]} kinds */
const side = (runs, kinds) => runs.filter((run) => kinds.includes(run.kind)).map((run) => run.text).join("");
/** @param {Run[]} runs */
const shown = (runs) =>
  runs.map(({ kind, text }) => ({ same: text, gone: `[-${text}-]`, new: `{+${text}+}` }[kind])).join("");

test("a difference names the words that changed", () => {
  assert.equal(shown(difference("Sean Baker wins again.", "Sean Baker wins at last.")),
    "Sean Baker wins [-again-]{+at last+}.");
  assert.equal(shown(difference("As it was.", "Mine, from the tunnel")), "[-As it was.-]{+Mine, from the tunnel+}");
  assert.equal(shown(difference("one two three", "one 2 three")), "one [-two-]{+2+} three");
  assert.deepEqual(difference("same", "same"), [{ kind: "same", text: "same" }]);
  assert.deepEqual(difference("", ""), []);
  assert.deepEqual(difference("", "new"), [{ kind: "new", text: "new" }]);
});

test("a difference holds both texts whole, whatever they are", () => {
  let seed = 7;
  /** @param {number} n */
  const random = (n) => { seed = (seed * 1103515245 + 12345) % 2 ** 31; return seed % n; };
  const parts = ["Sean ", "Baker", "\n", "\n\n", " wins ", "…", "Łódź ", "👏🏽", "*", "a", " "];
  const text = () => Array.from({ length: random(30) }, () => parts[random(parts.length)]).join("");
  for (let n = 0; n < 300; n += 1) {
    const [a, b] = [text(), text()];
    const runs = difference(a, b);
    assert.equal(side(runs, ["same", "gone"]), a);
    assert.equal(side(runs, ["same", "new"]), b);
  }
});

test("a long text is compared by words; by lines or as a whole where too much differs", () => {
  const long = Array.from({ length: 2000 }, (_, n) => `Line ${n} of a long night with some words in it.`).join("\n");
  const runs = difference(long, long.replace("Line 900 of", "Row 900 of").replace("Line 100 of", "Row 100 of"));
  assert.deepEqual(runs.filter((run) => run.kind === "new").map((run) => run.text), ["Row", "Row"]);
  assert.equal(side(difference(long, `${long}${long}x`), ["same", "new"]), `${long}${long}x`);
  const lines = Array.from({ length: 900 }, (_, n) => `only ${n} here\n`).join("");
  const fewer = difference(`Top\n${lines}`, "Top\n");
  assert.deepEqual(fewer, [{ kind: "same", text: "Top\n" }, { kind: "gone", text: lines }]);
  const other = Array.from({ length: 2000 }, (_, n) => `other ${n}`).join("\n");
  assert.deepEqual(difference(long, other), [{ kind: "gone", text: long }, { kind: "new", text: other }]);
});

test("changes to different paragraphs are put together", () => {
  const base = "One.\n\nTwo.\n\nThree.";
  assert.equal(mergeText(base, "One!\n\nTwo.\n\nThree.", "One.\n\nTwo.\n\nThree?"), "One!\n\nTwo.\n\nThree?");
  assert.equal(mergeText(base, base, "New."), "New.");
  assert.equal(mergeText(base, "New.", base), "New.");
  assert.equal(mergeText(base, "Zero.\n\nOne.\n\nTwo.\n\nThree.", "One.\n\nThree."), "Zero.\n\nOne.\n\nThree.");
  assert.equal(mergeText("a\n", "a\nb\n", "a\nb\n"), "a\nb\n");
});

test("changes to one paragraph clash", () => {
  assert.equal(mergeText("One.\n\nTwo.", "Mine.\n\nTwo.", "Theirs.\n\nTwo."), null);
  assert.equal(mergeText("", "a", "b"), null);
});

test("a merge that is possible keeps every line that one side added", () => {
  let seed = 3;
  /** @param {number} n */
  const random = (n) => { seed = (seed * 1103515245 + 12345) % 2 ** 31; return seed % n; };
  for (let n = 0; n < 200; n += 1) {
    const base = Array.from({ length: 8 }, (_, row) => `base ${row}\n`);
    const [mine, theirs] = [[...base], [...base]];
    mine.splice(random(9), random(2), `mine ${n}\n`);
    theirs.splice(random(9), random(2), `theirs ${n}\n`);
    const both = mergeText(base.join(""), mine.join(""), theirs.join(""));
    if (both !== null) assert.ok(both.includes(`mine ${n}`) && both.includes(`theirs ${n}`));
  }
});

test("of any two changes, what only one side changed is kept, and what both changed alike is there once", () => {
  let seed = 11;
  /** @param {number} n */
  const random = (n) => { seed = (seed * 1103515245 + 12345) % 2 ** 31; return Math.floor((seed / 2 ** 31) * n); };
  for (let n = 0; n < 500; n += 1) {
    const rows = Array.from({ length: 1 + random(12) }, (_, row) => `base ${row}\n`);
    const [mine, theirs, both] = [[...rows], [...rows], [...rows]];
    // Each row is left alone, or changed or taken out by one side, or by both alike. A fixed row stands between
    // changes.
    for (const [at, row] of rows.entries()) {
      if (at % 2) continue;
      const fresh = random(3) ? `${row.trim()}, changed in ${n}\n` : "";
      const by = random(4);
      if (by & 1) mine[at] = fresh;
      if (by & 2) theirs[at] = fresh;
      if (by) both[at] = fresh;
    }
    const text = mergeText(rows.join(""), mine.join(""), theirs.join(""));
    assert.equal(text, both.join(""));
    assert.equal(mergeText(rows.join(""), mine.join(""), rows.join("")), mine.join(""));
    assert.equal(mergeText(rows.join(""), mine.join(""), mine.join("")), mine.join(""));
  }
});

test("a text without end costs a merge and a difference no more than a moment", () => {
  for (const n of [2000, 64_000]) {
    const rows = "\n".repeat(n);
    assert.equal(mergeText(rows, `${rows}a`, `b${rows}`), null);
  }
  const blank = "\n".repeat(64_000);
  assert.equal(side(difference(blank, "\n".repeat(100)), ["same", "gone"]), blank);
});

test("fields that one side changed are taken from that side", () => {
  const base = { headline: "H", body: "One.\n\nTwo.", category: "a", key: false };
  const mine = { headline: "H", body: "One!\n\nTwo.", category: "a", key: true };
  const theirs = { ...base, headline: "Better", body: "One.\n\nTwo?", seq: 9 };
  assert.deepEqual(merge(base, mine, theirs),
    { merged: { headline: "Better", body: "One!\n\nTwo?", category: "a", key: true }, clashes: [] });
});

test("fields that both changed otherwise clash, and nothing is merged then", () => {
  const base = { headline: "H", body: "Text" };
  const { merged, clashes } = merge(base, { headline: "Mine", body: "Text" }, { headline: "Theirs", body: "Text" });
  assert.deepEqual([merged, clashes], [null, ["headline"]]);
  assert.deepEqual(merge(base, { headline: "Same", body: "Text" }, { headline: "Same", body: "Text" }).clashes, []);
});

test("an empty field and a missing one are the same", () => {
  assert.deepEqual(differing({ headline: null, body: "x" }, { body: "x" }), []);
  assert.deepEqual(differing({ headline: "a", body: "x" }, { body: "y" }), ["headline", "body"]);
});

test("pictures are alike by what is said of them, whatever sizes come along", () => {
  const shot = { name: "a.webp", alt: "A carpet", width: 3, height: 2 };
  assert.deepEqual(differing({ media: [] }, {}), []);
  assert.deepEqual(differing({ media: [shot] }, { media: [{ ...shot, width: 9, height: 9, caption: null }] }), []);
  assert.deepEqual(differing({ media: [shot] }, { media: [{ ...shot, alt: "A rug" }] }), ["media"]);
});
