// The client's side of docs/protocol.md: what to apply, what to pass over, when to ask. Pure but for what is handed in.

/** @import { Apply, CatchUp, Change, Position, PublicObject } from "./wire.d.ts" */

const MOST_HELD = 1000; // changes kept while asking; more are dropped, and `head` finds the gap again

export class Follower {
  /**
   * @param {object} options
   * @param {Position} options.position what the page shows
   * @param {Apply} options.apply called with the objects, and whether they are all; may throw
   * @param {(position: Position) => Promise<CatchUp>} options.fetchChanges
   * @param {() => Promise<CatchUp>} options.fetchState the whole state
   */
  constructor({ position, apply, fetchChanges, fetchState }) {
    this.position = position;
    this.apply = apply;
    this.fetchChanges = fetchChanges;
    this.fetchState = fetchState;
    /** @type {Promise<void> | null} */
    this.asking = null;
    /** @type {Change[]} */
    this.held = [];
    this.broken = false; // applying failed half-way: only the whole state mends that
  }

  /**
   * A catch-up as the server sends it on connecting; without objects it is too large for a socket and is fetched.
   * @param {CatchUp} message
   */
  sync(message) {
    return message.objects === null ? this.catchUp() : this.#take(message) ?? this.#rest();
  }

  /** The next step. One that leaves a gap is held, and asked for. @param {Change} message */
  change(message) {
    if (message.epoch === this.position.epoch) {
      if (message.seq <= this.position.seq) return undefined;
      if (message.prev <= this.position.seq) return this.#take({ ...message, reset: false }) ?? this.#rest();
    }
    if (this.held.length < MOST_HELD) this.held.push(message);
    return this.catchUp();
  }

  /** @param {Position} position the server's */
  head({ epoch, seq }) {
    const behind = epoch !== this.position.epoch || seq > this.position.seq;
    return behind || this.broken ? this.catchUp() : undefined;
  }

  /**
   * Ask for what came after the position. Rejects when there is no connection, or when the answer does not reach what
   * was heard (an old answer out of a cache): the position then says so, and the caller asks again in a while.
   */
  catchUp(fetching = this.fetchChanges) {
    this.asking ??= this.#ask(fetching).finally(() => { this.asking = null; });
    return this.asking;
  }

  /** @param {(position: Position) => Promise<CatchUp>} fetching */
  async #ask(fetching) {
    if (!this.broken) {
      const from = this.position;
      const answer = await fetching(from);
      // The state was replaced while we asked: what comes after the old position says nothing about the new one.
      if (from.epoch === this.position.epoch) this.#apply(answer);
    }
    if (this.broken) this.#apply({ ...(await this.fetchState()), reset: true });
    if (!this.broken) this.#passHeld();
    if (this.broken) throw new Error("the page cannot show this state");
    if (this.held.length) throw new Error("the answer is older than what was heard");
  }

  /** Held changes by the same rules; those of another epoch are older than the answer, or `head` will tell. */
  #passHeld() {
    const waiting = this.held.splice(0).sort((a, b) => a.seq - b.seq);
    for (const message of waiting) {
      if (message.epoch !== this.position.epoch || message.seq <= this.position.seq) continue;
      if (message.prev > this.position.seq) this.held.push(message);
      else this.#apply(message);
    }
  }

  /** After a step: held changes may fit now. */
  #rest() {
    if (this.held.length) this.#passHeld();
    return this.broken ? this.catchUp() : undefined;
  }

  /** @param {CatchUp} answer */
  #take(answer) {
    this.#apply(answer);
    return this.broken ? this.catchUp() : undefined;
  }

  /** Apply, and only then move the position. What is not newer is passed over. @param {CatchUp} answer */
  #apply({ epoch, seq, reset, objects, tally }) {
    const another = epoch !== this.position.epoch;
    if (!another && !reset && seq <= this.position.seq) return;
    if (this.broken && !reset) return; // would go on from a page that is half done
    try {
      this.apply(withTally(objects ?? [], tally), Boolean(reset) || another);
    } catch (error) {
      console.error("applying failed; loading the whole state", error);
      this.broken = true;
      return;
    }
    this.broken = false;
    this.position = { epoch, seq };
  }
}

/**
 * The rendered tally comes with a message. From here on it goes with the last blog or category of it.
 * @param {PublicObject[]} objects
 * @param {string} [tally]
 */
function withTally(objects, tally) {
  const last = objects.filter((object) => object.kind !== "post").at(-1);
  return tally === undefined ? objects : objects.map((object) => (object === last ? { ...object, tally } : object));
}
