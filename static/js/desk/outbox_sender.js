// Sends the acts of the outbox to the server, one after the other. Pure but for what is handed in; the rules are in
// outbox.js.

import { due, followers, forgettable, outcome, pauseAfter, restOf } from "./outbox.js";

/** @import { Act, Answer, Asked, Lock, OutboxState, OutboxStore } from "./desk.d.ts" */

const PATIENT = 1500; // ms without an answer after which the editor is told that it waits
const SIGNED_OUT = 4000; // ms between two looks whether somebody signed in again

/**
 * @typedef {object} Own an act that this page placed
 * @property {(answer: any) => void} resolve
 * @property {(refused: Pick<Act, "problem">) => void} reject
 * @property {() => void} stuck
 * @property {any} timer
 */

export class OutboxSender {
  /** What to do at the end of the acts that this page placed. @type {Map<number, Own>} */
  #own = new Map();
  #failures = 0;
  /** @type {any} */
  #timer = null;
  /** @type {Promise<void> | null} */
  #sending = null;
  #again = false;
  #looking = Promise.resolve();

  /**
   * @param {object} options
   * @param {string} options.slug
   * @param {string} options.who whose acts are sent
   * @param {OutboxStore} options.store where acts are kept
   * @param {Lock} options.lock runs work while no other tab of this browser does
   * @param {(act: Act) => Promise<Answer | null>} options.attempt one try to send
   * @param {() => Promise<{changed: boolean, who: string | null}>} options.renew asks for the session's token again;
   *   `who` is signed in now
   * @param {(subject: string) => number | undefined} options.seqOf the version of an object that the page knows
   * @param {(acts: Act[], state: OutboxState) => void} options.changed called after every change, here or in
   *   another tab
   * @param {() => void} [options.announce] tells the other tabs
   * @param {() => boolean} [options.online]
   * @param {() => number} [options.now] ms since 1970
   * @param {(then: () => void, ms: number) => any} [options.later]
   * @param {(timer: any) => void} [options.cancel]
   */
  constructor({ slug, who, store, lock, attempt, renew, seqOf, changed, announce = () => {}, online = () => true,
    now = () => Date.now(), later = (then, ms) => setTimeout(then, ms), cancel = (timer) => clearTimeout(timer) }) {
    this.slug = slug;
    this.who = who;
    this.store = store;
    this.lock = lock;
    this.attempt = attempt;
    this.renew = renew;
    this.seqOf = seqOf;
    this.changed = changed;
    this.announce = announce;
    this.online = online;
    this.now = now;
    this.later = later;
    this.cancel = cancel;
    /** @type {Act[]} */
    this.acts = [];
    /** @type {OutboxState} */
    this.state = "idle";
  }

  /**
   * Put an act into the outbox and send it as soon as it is its turn.
   * @param {Asked & {key: string, subject: string}} fields
   * @returns `settled` resolves with the answer or rejects with the act that was refused; `stuck` resolves when it
   *   turns out to wait
   */
  async place(fields) {
    /** @type {Omit<Act, "n">} */
    const act = { ...fields, slug: this.slug, who: this.who, made: this.now(), state: "waiting", tries: 0,
      doubt: false };
    const n = await this.store.add(act);
    const own = /** @type {Own} */ ({});
    const settled = new Promise((resolve, reject) => Object.assign(own, { resolve, reject }));
    settled.catch(() => {}); // the outbox shows it too
    const stuck = new Promise((/** @type {(nothing?: undefined) => void} */ resolve) => {
      own.stuck = resolve;
      own.timer = this.later(resolve, PATIENT);
    });
    this.#own.set(n, own);
    await this.refresh();
    this.announce();
    this.wake();
    return { n, settled, stuck };
  }

  /**
   * Look at the store again: another tab may have sent what this one placed. One look after the other, so that none
   * shows an older state.
   */
  refresh() {
    this.#looking = this.#looking.catch(() => {}).then(() => this.#look());
    return this.#looking;
  }

  async #look() {
    const placed = [...this.#own]; // what is placed while we look is not missing
    const all = await this.store.all(this.slug);
    const old = forgettable(all, this.now()).filter((n) => !this.#own.has(n));
    await Promise.all(old.map((n) => this.store.remove(n)));
    this.acts = all.filter((act) => !old.includes(act.n));
    for (const [n, own] of placed) {
      const act = this.acts.find((one) => one.n === n);
      if (act?.state === "waiting") continue;
      this.#own.delete(n);
      this.cancel(own.timer);
      if (act?.state === "done") own.resolve(act.answer);
      else own.reject(act ?? { problem: { code: "discarded", detail: "It was taken out of the outbox." } });
    }
    this.changed(this.acts, this.state);
  }

  /** Take an act out of the outbox. @param {number} n */
  async remove(n) {
    await this.store.remove(n);
    await this.#changed();
  }

  /** It shall go although time has passed. @param {number} n @param {number} ms for so long */
  async insist(n, ms = 120_000) {
    await this.store.change(n, { sure: this.now() + ms });
    await this.#changed();
    this.wake();
  }

  /** Try now, and not at the next turn. */
  wake() {
    this.cancel(this.#timer);
    this.#timer = null;
    if (this.#sending) this.#again = true;
    else this.#sending = this.#run().finally(() => {
      this.#sending = null;
      if (this.#again) this.wake();
    });
    return this.#sending;
  }

  /**
   * Send what is due, in order, until nothing is left or there is no connection. No lock is held
   * while waiting for it.
   */
  async #run() {
    this.#again = false;
    const pause = await this.lock(() => this.#send());
    if (pause !== undefined) {
      for (const own of this.#own.values()) own.stuck();
      this.#timer = this.later(() => this.wake(), pause);
    }
  }

  async #send() {
    let renewed = false;
    for (;;) {
      const all = await this.store.all(this.slug);
      const act = due(all, { now: this.now(), who: this.who, seqOf: this.seqOf });
      if (!act) {
        const rest = restOf(all, { now: this.now(), who: this.who });
        await this.#become(rest === undefined ? "idle" : "waiting");
        return rest;
      }
      const online = this.online();
      // Stored before it is sent: a tab that finds it after a crash knows that it may have arrived.
      await this.store.change(act.n, { tries: act.tries + 1, doubt: act.doubt || online });
      const answer = await this.attempt(act);
      const { fields, next } = outcome(act, answer, { now: this.now(), online });
      await this.store.change(act.n, fields);
      if (next === "go") {
        this.#failures = 0;
        for (const [n, change] of followers(all, { ...act, ...fields })) await this.store.change(n, change);
        await this.#changed();
        continue;
      }
      if (next === "rest") continue;
      if (next === "again") {
        this.#failures += 1;
        await this.#become("waiting");
        return pauseAfter(this.#failures, answer?.retryAfter);
      }
      const { changed, who } = await this.renew();
      if (who === this.who && changed && !renewed) {
        renewed = true; // the same person, in a new session
        continue;
      }
      if (next === "renew" && who === this.who) { // its token was refused although it is the newest: the server's fault
        this.#failures += 1;
        await this.#become("waiting");
        return pauseAfter(this.#failures);
      }
      await this.#become("signed out");
      return SIGNED_OUT;
    }
  }

  /** @param {OutboxState} state */
  async #become(state) {
    this.state = state;
    await this.#changed();
  }

  async #changed() {
    await this.refresh();
    this.announce();
  }
}
