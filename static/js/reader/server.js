// What the page asks the server for. Every question has an end: a phone that changes networks leaves requests hanging.

import { serverTime } from "./server_time.js";
import { prefix } from "./site.js";

/** @import { CatchUp, Position } from "./wire.d.ts" */

const ANSWER = 15000;
const WAIT = 25; // seconds the server may keep a long poll

/**
 * @param {string} path
 * @param {{ms?: number, signal?: AbortSignal}} options `ms` to wait for the answer
 * @returns {Promise<CatchUp>}
 */
async function get(path, { ms = ANSWER, signal } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ms);
  signal?.addEventListener("abort", () => stop.abort());
  try {
    const answer = await fetch(path, { signal: stop.signal });
    serverTime.is(Date.parse(answer.headers.get("Date") ?? ""));
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return await answer.json();
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} slug */
export function server(slug) {
  const blog = `${prefix}/api/v1/blogs/${slug}`;
  const changes = `${blog}/changes`;
  /** @param {Position} position */
  const since = ({ epoch, seq, mark }) =>
    `?epoch=${encodeURIComponent(epoch)}&after=${seq}${mark ? `&mark=${mark}` : ""}`;
  /** @param {Position} position */
  const after = (position) => changes + since(position);
  let next = { after: "", cursor: "" }; // where to wait after the last answer: the same address for all at its position
  /** @param {string} path @param {{ms?: number, signal?: AbortSignal}} [options] */
  const ask = async (path, options) => {
    const answer = await get(path, options);
    if (answer.cursor) next = { after: since(answer), cursor: answer.cursor };
    return answer;
  };
  /** @param {Position} position */
  const waiting = (position) =>
    next.after === since(position) ? `${changes}?cursor=${next.cursor}` : `${after(position)}&wait=${WAIT}`;
  return {
    /** @param {Position} position */
    changes: (position) => ask(after(position)),
    /**
     * Answers at the next change, or with nothing after a while.
     * @param {Position} position
     * @param {AbortSignal} signal
     */
    poll: (position, signal) => ask(waiting(position), { ms: ANSWER + WAIT * 1000, signal }),
    /** The address of the event stream. @param {Position} position */
    stream: (position) => `${blog}/stream${since(position)}`,
    /** The whole state, tombstones too. */
    state: () => ask(changes),
  };
}
