// A page for a follower under test: what it shows, and the question that waits for an answer.

/** @import { Apply, CatchUp, Position, PublicObject } from "../../static/js/reader/wire.d.ts" */

const settled = () => new Promise((done) => { setImmediate(done); });

export class Page {
  /** @type {Record<string, PublicObject>} */
  objects = {};
  tally = "";
  refuses = false;
  /** @type {string | null} */
  question = null;
  /** @type {Position | null} */
  asked = null; // the position that the question names
  /** @type {(answer: CatchUp) => void} */
  yes = () => {};
  /** @type {(no: Error) => void} */
  no = () => {};

  /** @param {any} Follower */
  constructor(Follower) {
    this.follower = new Follower({
      position: { epoch: "", seq: 0 },
      apply: (/** @type {Parameters<Apply>} */ ...message) => this.apply(...message),
      fetchChanges: (/** @type {Position} */ position) => this.ask("changes", position),
      fetchState: () => this.ask("state", null),
    });
  }

  /** @type {Apply} */
  apply(objects, reset, tally = this.tally) {
    const { refuses } = this;
    this.refuses = false;
    if (refuses) throw new Error("refused");
    if (reset) this.objects = {};
    for (const each of objects) this.objects[`${each.kind}:${each.id}`] = each;
    this.tally = tally;
  }

  /** @param {string} question @param {Position | null} asked @returns {Promise<CatchUp>} */
  ask(question, asked) {
    Object.assign(this, { question, asked });
    return new Promise((yes, no) => { Object.assign(this, { yes, no }); });
  }

  /** @param {string} kind @param {any} [message] */
  async hear(kind, message) {
    const { yes, no, follower } = this;
    if (kind === "answered" || kind === "failed") this.question = null;
    if (kind === "answered") yes(message);
    else if (kind === "failed") no(new Error("no answer"));
    else if (kind === "refuses") this.refuses = true;
    else Promise.resolve(kind === "ask" ? follower.catchUp() : follower[kind](message)).catch(() => {});
    follower.asking?.catch(() => {});
    await settled();
  }
}
