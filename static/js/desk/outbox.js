// The outbox's rules: what goes next, what may still go late, what an answer means. Pure: no storage, no network, no
// clock.
//
// An act (desk.d.ts): n is its place in the queue, `subject` the object it is about ("post:…", "category:…", or
// "new:<key>"), `made` and `sent` are ms since 1970, `doubt` says that it may have arrived unanswered, `sure` until
// when the editor said that it should go, `rests` until when it lets others go first.

/** @import { Act, Answer } from "./desk.d.ts" */

/**
 * @typedef {(subject: string) => number | undefined} SeqOf the version of an object that the page knows
 * @typedef {"done" | "sign in" | "renew" | "refused" | "again"} Meaning
 */

const MINUTE = 60_000;

export const LATE = 5_000; // ms: an act that took longer is told to have gone late

/**
 * How old an act may grow before it asks again. What was true on the carpet is still true after minutes in a tunnel; a
 * winner that was heard two minutes ago may have been recalled on stage since. A takedown never asks; to doubt a result
 * is one.
 * @type {Record<string, number>} ms by kind
 */
export const AGES = {
  publish: 15 * MINUTE, edit: 15 * MINUTE, restore: 15 * MINUTE, "publish-draft": 15 * MINUTE,
  pin: MINUTE, "on-stage": MINUTE, announce: MINUTE, confirm: MINUTE, status: MINUTE,
  doubt: Infinity, recall: Infinity, retract: Infinity, undo: Infinity, purge: Infinity, draft: Infinity,
};

/** The server knows a key for 48 hours: an act that may have arrived must not go again by itself after that. */
export const KEY_LIFE = 47 * 60 * MINUTE;

const FAULTS = 5; // faults of the server in a row after which an act lets others go first
const REST = 30_000; // ms that it lets them

/** The server's own word for "not now". */
const LATER = new Set([408, 425, 429]);
const NOT_NOW = new Set(["busy", "storage_unavailable", "too_many"]);

/** @param {Act[]} acts */
export const inOrder = (acts) => [...acts].sort((a, b) => a.n - b.n);

/**
 * Whether an act has to be asked about before it goes.
 * @param {Act} act
 * @param {number} now ms since 1970
 * @param {SeqOf} seqOf
 */
export function asks(act, now, seqOf) {
  if (act.state !== "waiting" || now < (act.sure ?? 0)) return false;
  if (act.doubt && act.kind !== "retract" && now - act.made > KEY_LIFE) return true;
  if (now - act.made <= (AGES[act.kind] ?? MINUTE)) return false;
  // Its object moved on: it can have no new effect, so sending it only tells what became of it.
  const seq = seqOf(act.subject);
  return act.match === undefined || seq === undefined || seq <= act.match;
}

/**
 * The act to send now, or null. One that asks or rests steps aside, and takes along what is about the same object. A
 * takedown waits for nothing that is about something else.
 * @param {Act[]} acts
 * @param {{now: number, who: string, seqOf: SeqOf}} options
 */
export function due(acts, { now, who, seqOf }) {
  const mine = inOrder(acts).filter((act) => act.state === "waiting" && act.who === who);
  const takedown = mine.find((act, n) => act.kind === "retract" || (["recall", "doubt"].includes(act.kind)
    && !mine.slice(0, n).some((other) => other.subject === act.subject)));
  /** @param {Act} act */
  const free = (act) => !asks(act, now, seqOf) && !rests(act, now);
  if (takedown && free(takedown)) return takedown;
  const aside = new Set();
  for (const act of mine) {
    if (!aside.has(act.subject) && free(act)) return act;
    aside.add(act.subject);
  }
  return null;
}

/** @param {Act} act @param {number} now ms since 1970 */
const rests = (act, now) => (act.rests ?? 0) > now;

/**
 * What an answer {ok, status, value} means, or none (null): "done", "sign in", "renew" the token, or "refused": our
 * server's no, which it says with a code. Everything else is a fault on the way or of the server, which is no answer to
 * what was asked: "again".
 * @param {Pick<Answer, "ok" | "status" | "value"> | null} answer
 * @returns {Meaning}
 */
export function meaning(answer) {
  if (answer === null) return "again";
  const { ok, status, value } = answer;
  if (ok) return value !== null && typeof value === "object" ? "done" : "again";
  if (status === 401) return "sign in";
  if (value?.code === "csrf") return "renew";
  return refuses(status, value?.code) ? "refused" : "again";
}

/** @param {number} status @param {unknown} code */
function refuses(status, code) {
  return status >= 400 && status < 500 && !LATER.has(status) && typeof code === "string" && !NOT_NOW.has(code);
}

/**
 * What becomes of an act by an answer, or by none (null).
 * @param {Act} act
 * @param {Answer | null} answer
 * @param {{now: number, online?: boolean}} options `online`: as the browser thought when the act was sent
 * @returns {{fields: Partial<Act>, next: "go" | "again" | "rest" | "sign in" | "renew"}} what to write down, and
 *   whether to go on, to try again, to let others go first, to sign in, or to ask for a new token first
 */
export function outcome(act, answer, { now, online = true }) {
  const tries = act.tries + 1;
  const what = meaning(answer);
  const value = answer?.value;
  if (what === "done") return { fields: { tries, state: "done", answer: value, sent: now }, next: "go" };
  if (what === "refused") return { fields: { tries, state: "refused", problem: value, sent: now }, next: "go" };
  if (what !== "again") return { fields: { tries }, next: what };
  if (answer === null) return { fields: { tries, doubt: act.doubt || online }, next: "again" };
  const faults = (act.faults ?? 0) + 1;
  if (faults % FAULTS) return { fields: { tries, faults, doubt: true }, next: "again" };
  // it may be this act that the server fails at
  return { fields: { tries, faults, doubt: true, rests: now + REST }, next: "rest" };
}

/**
 * ms until an act has rested that is not sent; undefined when none rests.
 * @param {Act[]} acts
 * @param {{now: number, who: string}} options
 */
export function restOf(acts, { now, who }) {
  const ends = acts.filter((act) => act.state === "waiting" && act.who === who).map((act) => act.rests ?? 0)
    .filter((end) => end > now);
  return ends.length ? Math.min(...ends) - now : undefined;
}

/**
 * Acts waiting behind one that is done, on the version that it replaced, follow on to the version that it made. Only
 * what was never sent may change: a key stands for one request.
 * @param {Act[]} acts
 * @param {Act} done
 * @returns {[n: number, fields: Partial<Act>][]} of each act to change
 */
export function followers(acts, done) {
  const seq = seqIn(done.answer, done.subject);
  if (done.match === undefined || seq === undefined) return [];
  const behind = acts.filter((act) => act.state === "waiting" && act.tries === 0 && act.n > done.n
    && act.subject === done.subject && act.match === done.match);
  return behind.map((act) => [act.n, { match: seq }]);
}

/**
 * The version that an answer gives an object.
 * @param {any} answer
 * @param {string} subject
 * @returns {number | undefined}
 */
export function seqIn(answer, subject) {
  const objects = [answer, answer?.category, answer?.blog, ...(answer?.posts ?? [])];
  return objects.find((object) => object?.kind && `${object.kind}:${object.id}` === subject)?.seq;
}

/**
 * ms to wait before the next try, after so many failed ones in a row; what the server asks for counts.
 * @param {number} failures
 * @param {number} [retryAfter] seconds
 */
export function pauseAfter(failures, retryAfter) {
  const own = [300, 1000, 2000, 4000][failures - 1] ?? 5000;
  return Math.max(own, Math.min(60, retryAfter ?? 0) * 1000);
}

/** Done acts that nobody needs to hear of any more. @param {Act[]} acts @param {number} now ms since 1970 */
export function forgettable(acts, now) {
  return acts.filter((act) => act.state === "done" && now - (act.sent ?? 0) > (late(act) ? 12 * 60 * MINUTE : MINUTE))
    .map((act) => act.n);
}

/** @param {Act} act */
export const late = (act) => act.state === "done" && (act.sent ?? 0) - act.made > LATE;

/** `40 seconds`, `3 minutes`, `2 hours`. @param {number} ms */
export function span(ms) {
  /** @type {[number, string]} */
  const [n, word] = ms < 90_000 ? [ms / 1000, "second"] : ms < 90 * MINUTE ? [ms / MINUTE, "minute"]
    : [ms / MINUTE / 60, "hour"];
  return `${Math.round(n)} ${word}${Math.round(n) === 1 ? "" : "s"}`;
}
