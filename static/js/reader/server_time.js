// The time by the server's clock. A reader's own may be wrong by minutes, and may be set while the page is open. Pure
// but for the two clocks.

const CLOSE = 10000; // ms by which the two may differ: an answer was on its way for a while

export class ServerTime {
  /** Called when what the page took for the time was wrong. */
  corrected = () => {};

  /**
   * @param {() => number} wall the reader's clock, ms since 1970; it may jump
   * @param {() => number} run ms since some moment, steadily; it may stand still while the machine sleeps
   */
  constructor(wall = () => Date.now(), run = () => performance.now()) {
    this.wall = wall;
    this.run = run;
    this.known = { at: wall(), wall: wall(), run: run() };
  }

  /** ms since 1970, as far as the page knows; a reader's clock that is set back changes nothing. */
  now() {
    return this.known.at + Math.max(this.run() - this.known.run, this.wall() - this.known.wall);
  }

  /** What the server said the time is. @param {number} at ms since 1970; anything else is passed over */
  is(at) {
    if (!(Math.abs(at - this.now()) > CLOSE)) return;
    this.known = { at, wall: this.wall(), run: this.run() };
    this.corrected();
  }
}

/** The page's. */
export const serverTime = new ServerTime();
