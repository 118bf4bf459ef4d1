// A machine that sleeps with the page in sight tells it nothing. Its clock jumps: what runs every few seconds was late.

const BEAT = 5000; // ms
const LATE = 30000; // ms by which a beat of a page in sight is late only after a sleep
/** @type {Set<(since: number) => void>} */
const acts = new Set();
let last = Date.now();

/** @param {(since: number) => void} act called after a sleep, with the time of its beginning in ms since 1970 */
export function onWaking(act) {
  if (!acts.size) {
    setInterval(beat, BEAT);
    document.addEventListener("visibilitychange", () => { last = Date.now(); }); // hidden pages have few beats
  }
  acts.add(act);
}

/** After a sleep, a message or another timer may be here first: what depends on it looks for itself. */
export function beat() {
  const since = last;
  last = Date.now();
  if (!document.hidden && last - since > BEAT + LATE) for (const act of acts) act(since);
}
