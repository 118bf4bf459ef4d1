// node vectors.mjs MODULE: shows a follower the vectors of the protocol (docs/protocol.md#vectors).

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Page } from "./page.mjs";

/** @import { Position, PublicObject } from "../../static/js/reader/wire.d.ts" */
/**
 * @typedef {{position: {} | Position, asks: {} | Position | null, holds: PublicObject[], tally: string | null}} State
 * @typedef {{name: string, steps: {on: string, message?: any, then?: Partial<State>}[]}} Vector
 */

const folder = new URL("../vectors/protocol/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json")).sort();
/** @type {Vector[]} */
export const vectors = files.flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));

/** @type {Record<string, string>} */
const EVENTS = { connect: "introduce", again: "ask", silence: "failed", answer: "answered", fail: "refuses" };

/** @param {Page} page @returns {State} */
function stateOf(page) {
  const { position } = page.follower;
  const asks = page.question && (page.question === "state" ? {} : said(page.asked));
  const holds = Object.values(page.objects).sort(order);
  return { position: said(position), asks, holds, tally: page.tally || null };
}

/** @param {Position | null} position */
const said = (position) => (position?.epoch ? { ...position } : {});
/** @param {PublicObject} a @param {PublicObject} b */
const order = (a, b) => a.seq - b.seq || `${a.kind}${a.id}`.localeCompare(`${b.kind}${b.id}`);

/** Play one; it throws at the first step that leads elsewhere. @param {Vector} vector @param {any} Follower */
export async function play({ name, steps }, Follower) {
  const page = new Page(Follower);
  /** @type {State} */
  let wanted = { position: {}, asks: null, holds: [], tally: null };
  for (const [number, { on, message, then }] of steps.entries()) {
    await page.hear(EVENTS[on] ?? on, message);
    wanted = { ...wanted, ...then };
    const expected = { ...wanted, holds: wanted.holds.toSorted(order) };
    assert.deepEqual(stateOf(page), expected, `${name}, step ${number}: ${on}`);
  }
}

const [, program = "", module = ""] = process.argv;
if (program.endsWith("/vectors.mjs")) {
  const { Follower } = await import(pathToFileURL(resolve(module)).href);
  console.error = () => {}; // a page that refuses to apply says so
  for (const vector of vectors) await play(vector, Follower);
}
