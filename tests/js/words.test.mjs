import assert from "node:assert/strict";
import test from "node:test";

import { isolated, t, tn, words } from "../../static/js/reader/words.js";

test("what has no translation is said in English", () => {
  assert.equal(words.newUpdates(1), "1 new update");
  assert.equal(words.newUpdates(2), "2 new updates");
  assert.equal(words.missed({ winners: 1, updates: 3 }), "1 winner, 3 updates");
  assert.equal(words.yourTime("Madrid", "CET"), "Times are yours. The show runs on Madrid time (CET).");
});

test("a translation brings its own order and its own plurals", () => {
  assert.equal(t("{won} of {nominated}", { won: 2, nominated: 6 }, { "{won} of {nominated}": "{nominated}:{won}" }),
    "6:2");
  const forms = { one: "{n} новость", few: "{n} новости", many: "{n} новостей", other: "{n} новости" };
  /** @param {number} n */
  const said = (n) => tn("{n} update", "{n} updates", n, { "{n} update": forms }, new Intl.PluralRules("ru"));
  assert.deepEqual([1, 3, 5, 21].map(said), ["1 новость", "3 новости", "5 новостей", "21 новость"]);
});

test("a name from right to left is kept apart from the words around it", () => {
  assert.equal(isolated("Sean Baker"), "Sean Baker");
  assert.equal(isolated("نادين لبكي"), "\u2068نادين لبكي\u2069");
  assert.equal(isolated("Sean Baker", true), "\u2068Sean Baker\u2069");
  assert.equal(words.won("Best Song", "נועה"), "Best Song: \u2068נועה\u2069");
  assert.equal(words.ago(5), "5 min ago");
});
