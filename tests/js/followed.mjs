// node followed.mjs FILE [MODULE]: shows a follower what readers of simulated nights got (tests/simulation), and
// compares where that leads after each event. Prints the first difference and fails.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Page } from "./page.mjs";

/**
 * @import { PublicObject } from "../../static/js/reader/wire.d.ts"
 * @typedef {[kind: string, message: any, at: [epoch: string, seq: number, asking: string | null]]} Heard
 */

const [, , file = "", module = new URL("../../static/js/reader/protocol.js", import.meta.url).pathname] = process.argv;
const { Follower } = await import(pathToFileURL(resolve(module)).href);
/** @type {{reader: string, heard: Heard[], objects: Record<string, PublicObject>, tally: string}[]} */
const nights = JSON.parse(await readFile(file, "utf8"));
console.error = () => {}; // a page that refuses to apply says so

let events = 0;
for (const { reader, heard, objects, tally } of nights) {
  const page = new Page(Follower);
  for (const [number, [kind, message, at]] of heard.entries()) {
    await page.hear(kind, message);
    const { epoch, seq } = page.follower.position;
    assert.deepEqual([epoch, seq, page.question], at, `${reader}, event ${number}: ${kind} ${JSON.stringify(message)}`);
    events += 1;
  }
  assert.deepEqual([page.objects, page.tally], [objects, tally], `${reader} at the end`);
}
console.log(`${nights.length} readers, ${events} events: as in Python`);
