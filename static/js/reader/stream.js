// Follows a blog without a library, for pages beside the live page: it catches up over HTTP and then reads the event
// stream (docs/protocol.md), while the page is in sight. Where no stream comes through, it polls.

import { server } from "./server.js";
import { onWaking } from "./waking.js";

/** @import { CatchUp, Position, PublicObject } from "./wire.d.ts" */

const SILENT = 40000; // ms: the server says something every 15 s
const LEAST = 5000; // ms below which a page comes back, at random; more after each failure
const LONGEST = 60000;

/** @param {number} ms */
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
/** @param {number} tries */
const spreadOut = (tries) => Math.random() * Math.min(LONGEST, LEAST * 2 ** tries);

/**
 * @param {string} slug
 * @param {Position} position what the page shows
 * @param {(objects: PublicObject[], reset: boolean, tally?: string) => void} apply
 */
export function followStream(slug, position, apply) {
  const { changes, stream } = server(slug);
  let stop = new AbortController();

  /** @param {CatchUp} catchUp */
  function take({ epoch, seq, mark, reset, objects, tally }) {
    const another = reset || epoch !== position.epoch;
    if (!another && seq <= position.seq) return;
    position = { epoch, seq, mark };
    try {
      apply(objects ?? [], another, tally);
    } catch (error) {
      console.error(error);
      location.reload(); // the server's page is whole
    }
  }

  /** @param {AbortSignal} signal */
  async function run(signal) {
    for (let tries = 0; !signal.aborted; tries += 1) {
      try {
        take(await changes(position));
        for await (const event of eventsOf(stream(position), signal)) {
          take(event);
          tries = 0;
        }
      } catch {
        // no connection, or it was given up: again in a while
      }
      if (!signal.aborted) await pause(spreadOut(tries));
    }
  }

  function begin() {
    stop.abort();
    stop = new AbortController();
    if (!document.hidden) run(stop.signal);
  }

  document.addEventListener("visibilitychange", begin);
  addEventListener("online", begin);
  addEventListener("pageshow", ({ persisted }) => { if (persisted) begin(); });
  onWaking(begin);
  begin();
}

/**
 * The messages of an event stream, until it ends or is silent for too long.
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<CatchUp>}
 */
async function* eventsOf(path, signal) {
  const stop = new AbortController();
  const end = () => stop.abort();
  signal.addEventListener("abort", end);
  let timer = setTimeout(end, SILENT);
  try {
    const { body } = await fetch(path, { signal: stop.signal });
    const reader = /** @type {ReadableStream} */ (body).pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(timer);
      timer = setTimeout(end, SILENT);
      const events = (rest + part.value).split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) {
        const [, data] = event.match(/^data: (.*)$/m) ?? [];
        if (data) yield JSON.parse(data);
      }
    }
  } finally {
    clearTimeout(timer);
    end();
  }
}
