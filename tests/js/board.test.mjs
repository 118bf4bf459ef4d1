import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tally, winnersOf } from "../../static/js/reader/board.js";
import { cutAt, pagesAt } from "../../static/js/reader/paging.js";

const vectors = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url)));

for (const { why, own, categories, tally: rows } of vectors("board")) {
  test(`tally: ${why}`, () => {
    assert.deepEqual(tally(categories, own).map((row) => [row.film, row.won, row.nominated]), rows);
  });
}

test("the cut between live and older pages", () => {
  for (const [posts, pages, cut] of vectors("paging")) assert.deepEqual([pagesAt(posts), cutAt(posts)], [pages, cut]);
});

test("winners come in the order of the nominees", () => {
  const nominees = [{ id: "a" }, { id: "b" }, { id: "c" }];
  assert.deepEqual(winnersOf({ nominees, winners: ["c", "a"] }), [{ id: "a" }, { id: "c" }]);
});
