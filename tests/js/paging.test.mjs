import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cutAt, pagesAt } from "../../static/js/reader/paging.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/paging.json", import.meta.url), "utf8"));

test("the cut between live and older pages", () => {
  for (const [posts, pages, cut] of vectors) assert.deepEqual([pagesAt(posts), cutAt(posts)], [pages, cut]);
});
