// How the desk stands: the line, the sign-in, and what was not sent. In a few words, and as a danger with what to do
// about it. Pure.

/**
 * @typedef {"connecting" | "connected" | "polling" | "away" | "signed out" | "refused"} Line
 * @typedef {object} Facts
 * @property {Line} line
 * @property {boolean} signedOut as the outbox found
 * @property {number} waiting acts of this person that go by themselves
 * @property {number} undecided acts that somebody has to decide about
 * @property {boolean} keeps whether this browser keeps what is typed
 */

/** @type {Record<Line, string>} */
const WORDS = {
  connecting: "Connecting…", connected: "Connected", polling: "Checking every few seconds",
  away: "No connection. Trying again…", "signed out": "Signed out", refused: "No access",
};

/**
 * @param {Facts} facts
 * @returns {{words: string, danger: string, remedy: "sign in" | "outbox" | null}} `danger` is empty where there is none
 */
export function standing(facts) {
  const { waiting, undecided } = facts;
  const line = facts.signedOut ? "signed out" : facts.line;
  const danger = [ofLine(line, waiting), undecided && decide(undecided), !facts.keeps && UNKEPT].filter(Boolean);
  const remedy = line === "signed out" ? "sign in" : waiting + undecided ? "outbox" : null;
  return { words: WORDS[line], danger: danger.join(" "), remedy };
}

const UNKEPT = "This browser keeps nothing: do not close the page before your text is published.";

/** @param {Line} line @param {number} waiting */
function ofLine(line, waiting) {
  const wait = waiting === 1 ? "One act waits" : `${waiting} acts wait`;
  switch (line) {
    case "signed out": return waiting ? `${wait} until you sign in.`
      : "Nothing goes out until you sign in. What you wrote is safe.";
    case "refused": return "You may not work on this blog any more, or it was removed. Ask an admin.";
    case "away": return waiting ? `${wait} here: leave this page open.`
      : "What you do waits here until the line is back.";
    default: return waiting && `${wait} to be sent.`;
  }
}

/** @param {number} n */
const decide = (n) =>
  (n === 1 ? "One act was not sent: decide about it." : `${n} acts were not sent: decide about them.`);
