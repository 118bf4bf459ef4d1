import assert from "node:assert/strict";
import { test } from "node:test";
import { named, State, winners } from "../../static/js/desk/state.js";

const blog = { kind: "blog", id: "anora", order: ["director", "missing"], seq: 1 };
const director = {
  kind: "category", id: "director", seq: 1, winners: ["sean", "anora"],
  nominees: [{ id: "sean", name: "Sean Baker", film: "Anora" }, { id: "anora", name: "Anora", film: "Anora" }, { id: "x", name: "X", film: "Y" }],
};
const post = (id, at, seq, more = {}) => ({ kind: "post", id, published_at: at, seq, ...more });

function night() {
  const state = new State();
  state.take({ epoch: "a", seq: 1, reset: false, objects: [blog, director, post("p", "2025-03-03T01:00:00.000Z", 1)] });
  return state;
}

test("a first catch-up is taken whatever its epoch", () => {
  const state = night();
  assert.equal(state.blog.id, "anora");
  assert.deepEqual(state.categories, [director]);
  assert.equal(state.seq, 1);
});

test("posts are newest first, without retracted ones, and in one order when they are of the same moment", () => {
  const state = night();
  const at = "2025-03-03T02:00:00.000Z";
  state.take({ epoch: "a", seq: 4, reset: false, objects: [post("b", at, 2), post("c", at, 3), post("r", at, 4, { retracted: true })] });
  assert.deepEqual(state.posts.map((one) => one.id), ["c", "b", "p"]);
});

test("what is older than what we have is passed over", () => {
  const state = night();
  state.take({ epoch: "a", seq: 3, reset: false, objects: [post("p", "2025-03-03T01:00:00.000Z", 3, { body: "new" })] });
  assert.equal(state.take({ epoch: "a", seq: 2, reset: false, objects: [post("p", "2025-03-03T01:00:00.000Z", 2, { body: "old" })] }), true);
  assert.equal(state.posts[0].body, "new");
  assert.equal(state.seq, 3);
});

test("a change that follows is taken; one after a gap or of another life asks for a catch-up", () => {
  const state = night();
  const change = (fields) => state.take({ objects: [post("q", "2025-03-03T03:00:00.000Z", 2)], ...fields });
  assert.equal(change({ epoch: "a", seq: 4, prev: 3 }), false);
  assert.equal(change({ epoch: "b", seq: 2, prev: 1 }), false);
  assert.equal(state.posts.length, 1);
  assert.equal(change({ epoch: "a", seq: 2, prev: 1 }), true);
  assert.equal(state.posts.length, 2);
  assert.equal(new State().take({ epoch: "a", seq: 2, prev: 1, objects: [] }), false); // nothing to follow on yet
});

test("a reset replaces everything, also by less", () => {
  const state = night();
  state.take({ epoch: "b", seq: 1, reset: true, objects: [{ ...blog, order: [] }] });
  assert.deepEqual([state.epoch, state.seq, state.posts, state.categories], ["b", 1, [], []]);
});

test("winners are named with their film, a film by its name alone", () => {
  assert.deepEqual(winners(director), ["Sean Baker (Anora)", "Anora"]);
  assert.equal(named(director.nominees[2]), "X (Y)");
});
