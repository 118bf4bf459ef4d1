// The readers' pages and the vectors of the protocol.

import { test } from "node:test";
import { Follower } from "../../static/js/reader/protocol.js";
import { play, vectors } from "./vectors.mjs";

for (const vector of vectors) {
  test(`vector: ${vector.name}`, async (t) => {
    t.mock.method(console, "error", () => {}); // a page that refuses to apply says so
    await play(vector, Follower);
  });
}
