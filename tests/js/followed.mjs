// node followed.mjs FILE [MODULE]: shows a follower what readers of simulated nights got (tests/simulation), and
// compares where that leads after each event. Prints the first difference and fails.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * @import { Apply, CatchUp, Position, PublicObject } from "../../static/js/reader/wire.d.ts"
 * @typedef {[kind: string, message: any, at: [epoch: string, seq: number, asking: string | null]]} Heard
 */

const [, , file = "", module = new URL("../../static/js/reader/protocol.js", import.meta.url).pathname] = process.argv;
const { Follower } = await import(pathToFileURL(resolve(module)).href);
/** @type {{reader: string, heard: Heard[], objects: Record<string, PublicObject>, tally: string}[]} */
const nights = JSON.parse(await readFile(file, "utf8"));
console.error = () => {}; // a page that refuses to apply says so

const settled = () => new Promise((done) => { setImmediate(done); });

class Page {
  /** @type {Record<string, PublicObject>} */
  objects = {};
  tally = "";
  refuses = false;
  /** @type {string | null} */
  question = null;
  /** @type {(answer: CatchUp) => void} */
  yes = () => {};
  /** @type {(no: Error) => void} */
  no = () => {};

  constructor() {
    this.follower = new Follower({
      position: { epoch: "", seq: 0 },
      apply: (/** @type {Parameters<Apply>} */ ...message) => this.apply(...message),
      fetchChanges: () => this.ask("changes"),
      fetchState: () => this.ask("state"),
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

  /** @param {string} question @returns {Promise<CatchUp>} */
  ask(question) {
    this.question = question;
    return new Promise((yes, no) => { Object.assign(this, { yes, no }); });
  }

  /** @param {string} kind @param {any} message */
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

let events = 0;
for (const { reader, heard, objects, tally } of nights) {
  const page = new Page();
  for (const [number, [kind, message, at]] of heard.entries()) {
    await page.hear(kind, message);
    const { epoch, seq } = page.follower.position;
    assert.deepEqual([epoch, seq, page.question], at, `${reader}, event ${number}: ${kind} ${JSON.stringify(message)}`);
    events += 1;
  }
  assert.deepEqual([page.objects, page.tally], [objects, tally], `${reader} at the end`);
}
console.log(`${nights.length} readers, ${events} events: as in Python`);
