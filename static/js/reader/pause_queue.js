// While the page is paused, new objects wait here, each only in its newest version, and the newest tally. Pure.

import { ofKind } from "./objects.js";

/** @import { Apply, PublicObject } from "./wire.d.ts" */

export class PauseQueue {
  /** @param {Apply} pass called at once or on resuming */
  constructor(pass) {
    this.pass = pass;
    this.paused = false;
    /** @type {Map<string, PublicObject>} */
    this.held = new Map();
    this.reset = false;
    /** @type {string | undefined} the last one that came */
    this.tally = undefined;
  }

  /** @param {PublicObject[]} objects @param {boolean} reset they are the whole state @param {string} [tally] */
  take(objects, reset, tally) {
    if (!this.paused) {
      this.pass(objects, reset, tally);
      return;
    }
    if (reset) {
      this.held.clear();
      this.reset = true;
    }
    this.tally = tally ?? this.tally;
    for (const object of objects) {
      const ref = `${object.kind}:${object.id}`;
      this.held.delete(ref); // the newest stands last, as in a catch-up
      this.held.set(ref, object);
    }
  }

  pause() {
    this.paused = true;
  }

  /** Throws what `pass` throws; nothing is lost then. */
  resume() {
    const objects = [...this.held.values()];
    if (objects.length || this.reset) this.pass(objects, this.reset, this.tally);
    this.paused = false;
    this.held.clear();
    this.reset = false;
    this.tally = undefined;
  }

  /** What waits, of one kind. @template {PublicObject["kind"]} K @param {K} kind */
  waiting(kind) {
    return ofKind([...this.held.values()], kind);
  }
}
