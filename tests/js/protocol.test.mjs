// The client's rules (docs/protocol.md), each on a server made of a map.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Follower } from "../../static/js/reader/protocol.js";

/** @import { Apply, CatchUp, Change, Position } from "../../static/js/reader/wire.d.ts" */

/**
 * @typedef {CatchUp | Promise<CatchUp> | null} Said null: no answer
 */

/** @param {string} id @param {number} seq @returns {any} */
const object = (id, seq) => ({ kind: "post", id, seq });
/** @param {number} seq @returns {Change} */
const change = (seq, { prev = seq - 1, epoch = "e", id = `p${seq}` } = {}) =>
  ({ epoch, seq, prev, objects: [object(id, seq)] });

/** A promise that is settled from outside. */
function later() {
  /** @type {(answer: CatchUp) => void} */
  let yes = () => {};
  /** @type {Promise<CatchUp>} */
  const promise = new Promise((done) => { yes = done; });
  return { promise, yes };
}

/** A page at `seq` of epoch "e"; `answers` are what the server says, one after the other. */
class Page {
  /** @type {Map<string, number>} */
  state = new Map();
  /** @type {Position[]} */
  asked = [];
  resets = 0;
  loaded = 0;
  tally = "0 of 2";

  /**
   * @param {number} seq
   * @param {{answers?: Said[], states?: Said[], refuses?: (...what: Parameters<Apply>) => boolean}} options
   */
  constructor(seq, { answers = [], states = [], refuses = () => false }) {
    /** @param {Said[]} from */
    const next = async (from) => {
      const answer = await from.shift();
      if (!answer) throw new Error("the line is down");
      return answer;
    };
    this.follower = new Follower({
      position: { epoch: "e", seq },
      apply: (objects, reset, tally = this.tally) => {
        if (refuses(objects, reset)) throw new Error("cannot show this");
        if (reset) this.state.clear();
        this.resets += reset ? 1 : 0;
        for (const each of objects) this.state.set(each.id, each.seq);
        this.tally = tally;
      },
      fetchChanges: (position) => { this.asked.push(position); return next(answers); },
      fetchState: () => { this.loaded += 1; return next(states); },
    });
  }

  at = () => [this.follower.position.epoch, this.follower.position.seq];
  has = () => [...this.state.keys()].sort().join(" ");
}
/** @param {number} seq @param {ConstructorParameters<typeof Page>[1]} options */
const page = (seq, options = {}) => new Page(seq, options);
/** @param {number} seq @param {string[]} ids @param {Partial<CatchUp>} more @returns {CatchUp} */
const answer = (seq, ids, more = {}) =>
  ({ epoch: "e", seq, reset: false, objects: ids.map((id) => object(id, seq)), ...more });
/** A question that there has to be. @param {Promise<void> | undefined} question */
function asked(question) {
  assert.ok(question);
  return question;
}
/** @param {import("node:test").TestContext} t */
const quiet = (t) => t.mock.method(console, "error", () => {});

test("the next change is applied, a known one is passed over", () => {
  const { follower, state, asked, at } = page(5);
  assert.equal(follower.change(change(6)), undefined);
  assert.equal(follower.change(change(6, { id: "again" })), undefined);
  assert.equal(follower.change(change(3)), undefined);
  assert.deepEqual([...state], [["p6", 6]]);
  assert.deepEqual(at(), ["e", 6]);
  assert.equal(asked.length, 0);
});

test("the tally comes with what changed it, by whichever way, and stays until another one comes", async () => {
  const there = page(42, { answers: [answer(46, ["p45", "p46"], { tally: "2 of 2" })] });
  const { follower } = there;
  follower.sync(answer(42, []));
  assert.equal(there.tally, "0 of 2");
  follower.change({ ...change(43), tally: "1 of 2" });
  follower.change(change(44));
  assert.equal(there.tally, "1 of 2");
  const question = asked(follower.change({ ...change(47), tally: "recalled" })); // there is a gap before it
  follower.change(change(48));
  assert.equal(there.tally, "1 of 2");
  await question;
  assert.deepEqual([there.at(), there.tally], [["e", 48], "recalled"]);
  follower.sync({ ...answer(7, ["p1"], { reset: true, tally: "0 of 1" }), epoch: "f" });
  follower.change(change(8, { epoch: "f" }));
  assert.deepEqual([there.at(), there.tally], [["f", 8], "0 of 1"]);
});

test("a catch-up of a connection that began before the state was replaced is asked for anew", async () => {
  const lags = later();
  const { follower, at, has } = page(42, { answers: [lags.promise, answer(44, ["p35", "p43", "p44"])] });
  assert.deepEqual(follower.introduce(), { epoch: "e", seq: 42 });
  const question = asked(follower.sync({ ...answer(34, [], { reset: true }), objects: null }));
  lags.yes(answer(34, ["p34"], { reset: true })); // by a process that is behind
  await question;
  assert.deepEqual(at(), ["e", 34]);
  await follower.sync(answer(44, ["p43", "p44"])); // what comes after 42
  assert.equal(has(), "p34 p35 p43 p44");
  assert.deepEqual(at(), ["e", 44]);
});

test("joined changes that begin below the position are applied", () => {
  const { follower, at } = page(5);
  follower.change(change(9, { prev: 3 }));
  assert.deepEqual(at(), ["e", 9]);
});

test("a gap is asked for, with the position before it; what was heard meanwhile comes after", async () => {
  const reply = later();
  const { follower, asked, at, has } = page(5, { answers: [reply.promise] });
  const caught = follower.change(change(7));
  follower.change(change(8));
  follower.change(change(9));
  assert.equal(has(), "");
  assert.deepEqual(at(), ["e", 5]);
  reply.yes(answer(7, ["p6", "p7"]));
  await caught;
  assert.deepEqual(asked, [{ epoch: "e", seq: 5 }]);
  assert.equal(has(), "p6 p7 p8 p9");
  assert.deepEqual(at(), ["e", 9]);
});

test("a change that follows on is applied at once, also while an answer is long in coming", async () => {
  const reply = later();
  const { follower, at, has } = page(5, { answers: [reply.promise] });
  const caught = follower.catchUp();
  follower.change(change(6));
  assert.deepEqual(at(), ["e", 6]);
  reply.yes(answer(5, ["old"])); // from a cache: nothing that is not known
  await caught;
  assert.deepEqual(at(), ["e", 6]);
  assert.equal(has(), "p6");
});

test("a foreign epoch is asked about; a reset replaces everything", async () => {
  const mine = page(5, { answers: [answer(2, ["new"], { epoch: "f", reset: true })] });
  mine.state.set("zombie", 4);
  await mine.follower.change(change(3, { epoch: "f" }));
  assert.deepEqual(mine.at(), ["f", 3]);
  assert.equal(mine.has(), "new p3");
  assert.equal(mine.resets, 1);
});

test("an answer to a question of an earlier life is thrown away", async () => {
  const reply = later();
  const mine = page(5, { answers: [reply.promise] });
  const caught = mine.follower.change(change(7));
  mine.follower.sync({ epoch: "f", seq: 3, reset: true, objects: [object("whole", 3)] });
  reply.yes(answer(9, ["p6"]));
  await caught;
  assert.deepEqual(mine.at(), ["f", 3]);
  assert.equal(mine.has(), "whole");
});

test("a sync is applied, an old one is passed over, one without objects is fetched", async () => {
  const mine = page(5, { answers: [answer(9, ["p8", "p9"])] });
  assert.equal(mine.follower.sync(answer(7, ["p6"])), undefined);
  assert.equal(mine.follower.sync(answer(6, ["old"])), undefined);
  assert.equal(mine.has(), "p6");
  await mine.follower.sync(answer(9, [], { objects: null }));
  assert.deepEqual(mine.asked, [{ epoch: "e", seq: 7 }]);
  assert.deepEqual(mine.at(), ["e", 9]);
});

test("changes after a sync without objects wait for its answer", async () => {
  const reply = later();
  const mine = page(5, { answers: [reply.promise] });
  const caught = mine.follower.sync(answer(9, [], { objects: null }));
  mine.follower.change(change(10));
  assert.deepEqual(mine.at(), ["e", 5]);
  reply.yes(answer(9, ["p9"]));
  await caught;
  assert.deepEqual(mine.at(), ["e", 10]);
});

test("a sync is not kept waiting by a poll that is under way", () => {
  const mine = page(5, { answers: [later().promise] });
  mine.follower.catchUp();
  mine.follower.sync(answer(8, ["p8"]));
  assert.deepEqual(mine.at(), ["e", 8]);
});

test("several reasons to ask make one question", async () => {
  const reply = later();
  const mine = page(5, { answers: [reply.promise] });
  const all = [mine.follower.head({ epoch: "e", seq: 8 }), mine.follower.change(change(8)), mine.follower.catchUp()];
  reply.yes(answer(8, ["p8"]));
  await Promise.all(all);
  assert.equal(mine.asked.length, 1);
});

test("head: asks when behind or elsewhere, not when level or ahead", async () => {
  const mine = page(5, { answers: [answer(6, ["p6"]), answer(1, [], { epoch: "f", reset: true })] });
  assert.equal(mine.follower.head({ epoch: "e", seq: 5 }), undefined);
  assert.equal(mine.follower.head({ epoch: "e", seq: 4 }), undefined);
  await mine.follower.head({ epoch: "e", seq: 6 });
  assert.deepEqual(mine.at(), ["e", 6]);
  await mine.follower.head({ epoch: "f", seq: 1 });
  assert.deepEqual(mine.at(), ["f", 1]);
});

test("a failed question rejects once, leaves the position, and loses nothing", async () => {
  const mine = page(5, { answers: [null, answer(7, ["p6", "p7"])] });
  const first = asked(mine.follower.change(change(7)));
  asked(mine.follower.change(change(8))).catch(() => {});
  await assert.rejects(first, /line is down/);
  assert.deepEqual(mine.at(), ["e", 5]);
  assert.equal(mine.asked.length, 1, "it does not ask again by itself: that would be a storm");
  await mine.follower.catchUp();
  assert.deepEqual(mine.at(), ["e", 8]);
  assert.equal(mine.has(), "p6 p7 p8");
});

test("an answer that is older than what was heard rejects, so that it is asked again in a while", async () => {
  const mine = page(5, { answers: [answer(5, []), answer(7, ["p6", "p7"])] });
  await assert.rejects(asked(mine.follower.change(change(7))), /older than what was heard/);
  assert.equal(mine.asked.length, 1);
  await mine.follower.catchUp();
  assert.deepEqual(mine.at(), ["e", 7]);
});

test("a held change fits after the missing one came by socket", async () => {
  const mine = page(5, { answers: [null] });
  await assert.rejects(asked(mine.follower.change(change(7))));
  mine.follower.change(change(6));
  assert.deepEqual(mine.at(), ["e", 7]);
  assert.equal(mine.has(), "p6 p7");
});

test("the position moves only after applying; applying that throws loads the whole state", async (t) => {
  quiet(t);
  let bad = true;
  const refuses = () => { const was = bad; bad = false; return was; };
  const mine = page(5, { states: [answer(6, ["all", "p6"])], refuses });
  const mended = mine.follower.change(change(6));
  assert.deepEqual(mine.at(), ["e", 5]);
  await mended;
  assert.deepEqual(mine.at(), ["e", 6]);
  assert.equal(mine.has(), "all p6");
  assert.equal(mine.resets, 1);
});

test("a page that is half done stays so until the whole state came, whatever else comes", async (t) => {
  quiet(t);
  /** @type {(...what: Parameters<Apply>) => boolean} */
  const refuses = (objects, reset) => !reset;
  const mine = page(5, { states: [null, answer(8, ["all"])], refuses });
  await assert.rejects(asked(mine.follower.change(change(6))), /line is down/);
  await mine.follower.head({ epoch: "e", seq: 5 });
  assert.equal(mine.asked.length, 0);
  assert.deepEqual(mine.at(), ["e", 8]);
  assert.equal(mine.has(), "all");
});

test("a state that cannot be shown either rejects, and is tried again", async (t) => {
  quiet(t);
  let bad = 2;
  const mine = page(5, { states: [answer(6, ["all"]), answer(6, ["all"])], refuses: () => bad-- > 0 });
  await assert.rejects(asked(mine.follower.change(change(6))), /cannot show/);
  assert.deepEqual(mine.at(), ["e", 5]);
  await mine.follower.catchUp();
  assert.deepEqual(mine.at(), ["e", 6]);
});

test("any order of loss, repetition and refusal ends with the server's state", async (t) => {
  quiet(t);
  for (let night = 1; night <= 200; night += 1) await oneNight(night);
});

// A night with a seed: the server publishes, the line loses, repeats and fails; in the end head and the line are good.
/** @param {number} seed */
async function oneNight(seed) {
  let dice = seed;
  /** @param {number} n */
  const chance = (n) => {
    dice = (dice * 1103515245 + 12345) % 2147483648;
    return Math.floor((dice / 2147483648) * n);
  };
  const server = { epoch: "e", seq: 0, all: new Map() };
  const shown = new Map();
  /** @type {Change[]} */
  const past = [];
  let good = false;
  /** @param {Position} position @returns {CatchUp} */
  const since = ({ epoch, seq }) => {
    const reset = epoch !== server.epoch || seq > server.seq;
    return { epoch: server.epoch, seq: server.seq, reset,
      objects: [...server.all.values()].filter((o) => reset || o.seq > seq) };
  };
  /** @param {() => CatchUp} make @returns {Promise<CatchUp>} */
  const ask = (make) =>
    new Promise((yes, no) => setImmediate(() => (good || chance(3) ? yes(make()) : no(new Error("down")))));
  const follower = new Follower({
    position: { epoch: "e", seq: 0 },
    apply(objects, reset) {
      if (reset) shown.clear();
      for (const each of objects) {
        if (!good && chance(20) === 0) throw new Error("half done");
        shown.set(each.id, each.seq);
      }
    },
    fetchChanges: (position) => {
      const early = since(position);
      return ask(() => (chance(2) ? early : since(position)));
    },
    fetchState: () => ask(() => since({ epoch: "", seq: 0 })),
  });
  /** @param {Promise<void> | undefined} asked */
  const heard = (asked) => asked?.catch(() => {});
  for (let step = 0; step < 40; step += 1) {
    if (chance(25) === 0) Object.assign(server,
      { epoch: `${server.epoch}+`, seq: 1, all: new Map([["p0", object("p0", 1)]]) });
    const made = object(`p${chance(8)}`, server.seq += 1);
    server.all.delete(made.id);
    server.all.set(made.id, made);
    past.push({ epoch: server.epoch, seq: server.seq, prev: server.seq - 1, objects: [made] });
    if (chance(4)) heard(follower.change(past[past.length - 1]));
    if (chance(6) === 0) heard(follower.change(past[chance(past.length)]));
    if (chance(9) === 0) heard(follower.sync(chance(2) ? since(follower.position)
      : { ...since(follower.position), objects: null }));
    if (chance(3) === 0) await new Promise(setImmediate);
  }
  good = true;
  for (let tries = 0; tries < 10; tries += 1) {
    await heard(follower.asking ?? undefined);
    await heard(follower.head({ epoch: server.epoch, seq: server.seq }));
  }
  assert.deepEqual(follower.position, { epoch: server.epoch, seq: server.seq }, `night ${seed}`);
  assert.deepEqual([...shown].sort(), [...server.all.values()].map((o) => [o.id, o.seq]).sort(), `night ${seed}`);
}
