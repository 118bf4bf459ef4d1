// Pausing: what comes while the page stands still waits here, each object only as it is now. Pure.

export class Gate {
  /** @param pass called with (objects, reset), at once or on resuming */
  constructor(pass) {
    this.pass = pass;
    this.paused = false;
    this.held = new Map();
    this.reset = false;
  }

  take(objects, reset) {
    if (!this.paused) return this.pass(objects, reset);
    if (reset) {
      this.held.clear();
      this.reset = true;
    }
    for (const object of objects) {
      const ref = `${object.kind}:${object.id}`;
      this.held.delete(ref); // the newest stands last, as in a catch-up
      this.held.set(ref, object);
    }
    return undefined;
  }

  pause() {
    this.paused = true;
  }

  /** Throws what `pass` throws; nothing is lost then. */
  resume() {
    const objects = [...this.held.values()];
    if (objects.length || this.reset) this.pass(objects, this.reset);
    this.paused = false;
    this.held.clear();
    this.reset = false;
  }

  waiting(kind) {
    return [...this.held.values()].filter((object) => object.kind === kind);
  }
}
