// The client's side of docs/protocol.md: what to apply, what to pass over, when to ask. Pure but for what is handed in.

export class Follower {
  /**
   * @param position {epoch, seq} what the page shows
   * @param apply called with (objects, reset); may throw
   * @param fetchChanges (position) → Promise of {epoch, seq, reset, objects}
   * @param fetchState () → Promise of {epoch, seq, objects}: the whole state
   * @param onBusy called with true while catching up
   */
  constructor({ position, apply, fetchChanges, fetchState, onBusy = () => {} }) {
    Object.assign(this, { position, apply, fetchChanges, fetchState, onBusy });
    this.asking = null;
    this.held = [];
  }

  /** A catch-up as the server sends it on connecting; without objects it is too large for a socket and is fetched. */
  sync(message) {
    if (this.asking) return this.asking;
    return message.objects === null ? this.catchUp() : this.take(message);
  }

  change(message) {
    if (this.asking) {
      this.held.push(message); // applied after the catch-up that is under way
      return this.asking;
    }
    if (message.epoch !== this.position.epoch) return this.catchUp();
    if (message.seq <= this.position.seq) return undefined;
    return message.prev > this.position.seq ? this.catchUp() : this.take({ ...message, reset: false });
  }

  head({ epoch, seq }) {
    const behind = epoch !== this.position.epoch || seq > this.position.seq;
    return behind && !this.asking ? this.catchUp() : undefined;
  }

  /** Fetch what came after the position; rejects when the line is down, the position then stays. */
  catchUp(fetching = this.fetchChanges) {
    this.asking ??= this.#ask(fetching).finally(() => {
      this.asking = null;
      this.onBusy(false);
      for (const message of this.held.splice(0)) this.change(message);
    });
    return this.asking;
  }

  async #ask(fetching) {
    this.onBusy(true);
    const answer = await fetching(this.position);
    if (!this.#applied(answer)) this.#applied({ ...(await this.fetchState()), reset: true });
  }

  take(answer) {
    const stale = !answer.reset && answer.epoch === this.position.epoch && answer.seq < this.position.seq;
    if (stale) return undefined;
    return this.#applied(answer) ? undefined : this.catchUp(async () => ({ ...(await this.fetchState()), reset: true }));
  }

  /** Apply, and only then move the position. */
  #applied({ epoch, seq, reset, objects }) {
    try {
      this.apply(objects, reset || epoch !== this.position.epoch);
    } catch (error) {
      console.error("applying failed; loading the whole state", error);
      return false;
    }
    this.position = { epoch, seq };
    return true;
  }
}
