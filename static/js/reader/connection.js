// The connection to the server: a websocket; while there is none, long polling, so that readers lose nothing but
// seconds.

import { LiveSocket } from "./live_socket.js";
import { serverTime } from "./server_time.js";
import { onWaking } from "./waking.js";

/**
 * @import { Follower } from "./protocol.js"
 * @import { CatchUp, Position } from "./wire.d.ts"
 */

/**
 * @typedef {(position: Position, signal: AbortSignal) => Promise<CatchUp>} Poll answers at a change, or in a while
 * @typedef {"live" | "catching up" | "polling" | "reconnecting" | "gone"} ConnectionState
 */

const POLL_AFTER = 2; // websockets that failed in a row before polling begins
const LONGEST = 30000; // between two attempts
const STUCK = 20000; // an attempt that neither came nor failed
const SILENT = 60000; // the server pings every 25 s: one that is silent for longer is dead
const ASLEEP = 20000; // silence after which a page that is looked at again asks at once
const LOOK = 10000; // between two looks at whether the socket is silent
const SOON = 300; // within this time, at random, a page that woke up connects

/** @param {number} ms */
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });
/** @param {number} ms @param {number} tries */
const spreadOut = (ms, tries) => Math.random() * Math.min(LONGEST, ms * 2 ** Math.max(0, tries - 1));
/** Whether a promise is fulfilled. @param {Promise<unknown>} promise */
const fulfilled = (promise) => promise.then(() => true, () => false);

/** Asks the server again and again. */
class Polling {
  /** @type {AbortController | null} */
  #stop = null;
  #answered = false;

  /**
   * @param {Follower} follower
   * @param {Poll} poll
   * @param {() => void} changed
   */
  constructor(follower, poll, changed) {
    this.follower = follower;
    this.poll = poll;
    this.changed = changed;
  }

  /** It is under way, and the server answers. */
  get works() {
    return this.#stop !== null && this.#answered;
  }

  start() {
    if (this.#stop) return;
    this.#stop = new AbortController();
    this.#answered = false;
    this.#run(this.#stop.signal);
  }

  stop() {
    this.#stop?.abort();
    this.#stop = null;
  }

  /** Do not wait for an answer that may never come. */
  renew() {
    if (!this.#stop) return;
    this.stop();
    this.start();
  }

  /** @param {AbortSignal} signal */
  async #run(signal) {
    /** @param {Position} position */
    const wait = (position) => this.poll(position, signal);
    for (let tries = 1; !signal.aborted; tries += 1) {
      // The first question, and the first after a failure, is a short one: it tells soon whether the server answers.
      const answered = await fulfilled(this.follower.catchUp(this.#answered ? wait : undefined));
      if (signal.aborted) return;
      this.#answered = answered;
      this.changed();
      if (answered) tries = 0;
      await pause(answered ? 300 : 1000 + spreadOut(1000, tries));
    }
  }
}

export class Connection {
  #failed = 0; // attempts in a row
  #spread = 1000; // until the server tells
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer; // of the next attempt, or of giving this one up
  #retrying = false;
  #heard = Date.now();
  #gone = false; // the server does not know this blog: do not come back
  #follower;
  #show;
  #polling;
  #socket;

  /**
   * @param {{slug: string, follower: Follower, show: (state: ConnectionState) => void,
   *   poll: Poll}} options `show` is called with its state
   */
  constructor({ slug, follower, poll, show }) {
    this.#follower = follower;
    this.#show = show;
    this.#polling = new Polling(follower, poll, () => this.#tell());
    this.#socket = new LiveSocket({
      auth: () => ({ blog: slug, ...follower.introduce() }),
      hear: (event, message) => this.#hear(event, message),
      alive: () => { this.#heard = Date.now(); },
      opened: (now) => serverTime.is(now),
      lost: (code) => this.#ended(code),
    });
  }

  open() {
    this.#listenToBrowser();
    this.#attempt();
  }

  #tell() {
    if (this.#gone) this.#show("gone");
    else if (this.#socket.connected) this.#show(this.#retrying ? "catching up" : "live");
    else this.#show(this.#polling.works ? "polling" : "reconnecting");
  }

  // -- connecting

  #attempt() {
    clearTimeout(this.#timer);
    if (this.#socket.connected || this.#gone) return;
    this.#socket.disconnect(); // whatever is left of an attempt before
    this.#timer = setTimeout(() => this.#lost(), STUCK);
    this.#socket.connect();
  }

  /** @param {number} ms */
  #again(ms) {
    clearTimeout(this.#timer);
    const attempt = () => this.#attempt();
    this.#timer = setTimeout(attempt, ms);
  }

  #lost() {
    this.#failed += 1;
    if (this.#failed >= POLL_AFTER && !this.#gone) this.#polling.start();
    this.#tell();
    this.#again(spreadOut(this.#spread, this.#failed));
  }

  #drop() {
    this.#socket.disconnect();
    this.#tell();
    this.#again(Math.random() * SOON);
  }

  // -- what the server says

  /** @param {string} event @param {any} message */
  #hear(event, message) {
    this.#heard = Date.now();
    if (event === "sync") this.#sync(message);
    else if (event === "change") this.#settle(this.#follower.change(message));
    else if (event === "head") this.#settle(this.#follower.head(message));
    else if (event === "bye") this.#spread = message.retry_ms ?? this.#spread;
  }

  /** @param {string} [code] */
  #ended(code) {
    this.#gone = code === "not_found";
    if (this.#gone) this.#polling.stop();
    this.#lost();
  }

  /** @param {CatchUp} message */
  #sync(message) {
    clearTimeout(this.#timer);
    this.#failed = 0;
    this.#spread = message.retry_ms ?? this.#spread;
    const asked = this.#follower.sync(message);
    this.#polling.stop();
    this.#settle(asked);
    this.#tell();
  }

  /**
   * See a question through: one that failed is asked again, later and later.
   * @param {Promise<void> | undefined} asked
   */
  async #settle(asked) {
    if (!asked) return;
    if (this.#retrying) return void (await fulfilled(asked));
    this.#retrying = true;
    this.#tell();
    let done = await fulfilled(asked);
    for (let tries = 1; !done && this.#socket.connected; tries += 1) { // connecting again catches up by itself
      await pause(spreadOut(1000, tries));
      done = !this.#socket.connected || (await fulfilled(this.#follower.catchUp()));
    }
    this.#retrying = false;
    this.#tell();
  }

  // -- what the browser says

  #listenToBrowser() {
    addEventListener("online", () => this.#wake());
    addEventListener("offline", () => {
      this.#socket.disconnect();
      this.#lost();
    });
    addEventListener("pageshow", (event) => { if (event.persisted) this.#drop(); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#wake(); });
    onWaking(() => this.#wake());
    setInterval(() => { if (this.#socket.connected && this.#silence > SILENT) this.#drop(); }, LOOK);
  }

  get #silence() {
    return Date.now() - this.#heard;
  }

  /** After sleep, a tunnel, or the way back to a page that the browser had kept: do not wait for one's turn. */
  #wake() {
    if (!this.#socket.connected) {
      this.#polling.renew();
      this.#tell();
      this.#again(Math.random() * SOON);
    } else if (this.#silence > SILENT) this.#drop();
    else if (this.#silence > ASLEEP) this.#settle(this.#follower.catchUp());
  }
}
