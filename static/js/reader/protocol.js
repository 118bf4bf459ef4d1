// The client's side of docs/protocol.md: what to apply, what to pass over, when to ask. Pure but for what is handed in.

/** @import { Apply, CatchUp, Change, Position } from "./wire.d.ts" */

const MOST_HELD = 1000; // changes kept while asking; more are dropped, and `head` finds the gap again

export class Follower {
  /**
   * @param {object} options
   * @param {Position} options.position what the page shows
   * @param {Apply} options.apply called with the objects, whether they are all, and the tally if it changed; may throw
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
    this.low = -1; // the seq of the last head, if it was below ours
    this.replaced = 0; // how often the state was replaced by another one
    this.said = 0; // how often it had been when the connection began
  }

  /** The position, for a connection that begins: what it brings continues the state as it is now. */
  introduce() {
    this.said = this.replaced;
    return this.position;
  }

  /**
   * A catch-up as the server sends it on connecting; without objects it is too large for a socket and is fetched.
   * @param {CatchUp} message
   */
  sync(message) {
    // The state was replaced since we connected: the catch-up continues the one before.
    const late = this.said !== this.replaced;
    if (message.objects === null || (!message.reset && (late || this.#forked(message)))) return this.catchUp();
    const asked = this.#take(message) ?? this.#rest();
    this.said = this.replaced;
    return asked;
  }

  /** The next step. One that leaves a gap is held, and asked for. @param {Change} message */
  change(message) {
    if (message.epoch === this.position.epoch) {
      if (message.seq <= this.position.seq) return this.#forked(message) ? this.catchUp() : undefined;
      if (this.#strays(message)) return this.catchUp();
      if (message.prev <= this.position.seq) return this.#take({ ...message, reset: false }) ?? this.#rest();
    }
    if (this.held.length < MOST_HELD) this.held.push(message);
    return this.catchUp();
  }

  /** @param {Position} position the server's */
  head(position) {
    const { epoch, seq } = position;
    const behind = epoch !== this.position.epoch || seq > this.position.seq;
    // One that stays below ours does not lag: we may have changes that a failover has lost.
    const stays = !behind && seq < this.position.seq && seq === this.low;
    this.low = behind || stays || seq === this.position.seq ? -1 : seq;
    const forked = this.#forked(position);
    if (!behind && !forked && seq === this.position.seq) this.held = []; // of changes that are no more
    return behind || stays || forked || this.broken ? this.catchUp() : undefined;
  }

  /** Whether the server has another history at our position. @param {Position} position */
  #forked({ epoch, seq, mark }) {
    const here = this.position;
    return epoch === here.epoch && seq === here.seq && Boolean(mark && here.mark) && mark !== here.mark;
  }

  /** Whether a change follows our seq, but in another history. @param {Change} message */
  #strays({ epoch, prev, prev_mark: mark }) {
    return this.#forked({ epoch, seq: prev, mark });
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
    const { replaced } = this;
    if (!this.broken) {
      const answer = await fetching(this.position);
      // The state was replaced while we asked: what comes after the old position says nothing about the new one.
      if (replaced === this.replaced) this.#apply(answer);
    }
    if (this.broken) {
      const state = await this.fetchState();
      if (this.broken) this.#apply({ ...state, reset: true }); // else mended meanwhile, perhaps by a later state
    }
    if (!this.broken) this.#passHeld();
    if (this.broken) throw new Error("the page cannot show this state");
    if (this.held.length) throw new Error("the answer is older than what was heard");
  }

  /** Held changes by the same rules; those of another history are older than the answer, or `head` will tell. */
  #passHeld() {
    const waiting = this.held.splice(0).sort((a, b) => a.seq - b.seq);
    for (const message of waiting) {
      if (message.epoch !== this.position.epoch || message.seq <= this.position.seq) continue;
      if (this.#strays(message)) continue;
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
  #apply({ epoch, seq, mark, reset, objects, tally }) {
    const another = epoch !== this.position.epoch;
    if (!another && !reset && seq <= this.position.seq) return;
    if (this.broken && !reset) return; // would go on from a page that is half done
    try {
      this.apply(objects ?? [], Boolean(reset) || another, tally);
    } catch (error) {
      console.error("applying failed; loading the whole state", error);
      this.broken = true;
      return;
    }
    this.broken = false;
    if (reset || another) this.replaced += 1;
    this.position = mark ? { epoch, seq, mark } : { epoch, seq };
  }
}
