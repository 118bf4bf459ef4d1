// Writing: every act gets one idempotency key, which it keeps through all its tries, so that it happens once.

import { meaning } from "./outbox.js";
import { inWords } from "./refusals.js";

/** @import { Answer, Problem } from "./desk.d.ts" */

const PAUSES = [300, 1000, 3000, 5000, 5000]; // ms between the tries
const PATIENCE = 15_000; // ms for an answer
const NOT_KNOWN = "The line is down, and it is not known whether this arrived. Press again: it will not happen twice.";

export class Refused extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(inWords(problem));
    this.problem = problem;
  }
}

/** The session's CSRF token, which changes at each sign-in, and the editor's name; null when nobody is signed in. */
export class Session {
  /** Called with each new token. @type {(csrf: string) => void} */
  renewed = () => {};

  /** @param {string} csrf @param {string} path @param {string | null} [name] */
  constructor(csrf, path, name = null) {
    this.csrf = csrf;
    this.path = path;
    this.name = name;
  }

  /** Ask for the token of today's session; true if it is a new one. */
  async renew() {
    const before = this.csrf;
    const answer = this.path ? await ask(this.path, { headers: { Accept: "application/json" } }) : null;
    if (answer?.ok) Object.assign(this, { csrf: answer.value.csrf, name: answer.value.name });
    else if (answer) this.name = null;
    if (this.csrf !== before) this.renewed(this.csrf);
    return this.csrf !== before;
  }
}

/** Ask the API; throws Refused. @param {string} path */
export async function read(path) {
  const options = { headers: { Accept: "application/json" }, cache: /** @type {const} */ ("no-store") };
  const answer = await fetch(path, options).catch(() => null);
  const value = await answer?.json().catch(() => null);
  if (!answer?.ok || !value) throw new Refused(value ?? { detail: "No connection. Try again in a moment." });
  return value;
}

/** A random key; crypto.randomUUID is missing on plain-http addresses other than localhost. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Send an act; tries again while the connection or the storage is away, for as long as the browser knows it is offline.
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {object} options
 * @param {Session} options.session
 * @param {number} [options.match] the version (seq) that the act was meant for
 * @param {string} [options.key] the idempotency key
 * @param {() => void} [options.waiting] called when there turns out to be no connection
 * @param {number[]} [options.pauses] ms between the tries
 * @returns {Promise<any>} the answer's JSON; throws Refused with the problem
 */
export async function send(method, path, body,
  { session, match, key = newKey(), waiting = () => {}, pauses = PAUSES }) {
  let renewed = false;
  for (let tries = 0; ;) {
    const answer = await attempt(method, path, body, { session, match, key });
    const what = meaning(answer);
    if (what === "done") return answer?.value;
    if (what === "renew" && !renewed && (await session.renew())) {
      renewed = true;
      continue;
    }
    if (what !== "again" || tries >= pauses.length) throw refusal(answer?.value, what);
    waiting();
    await pause(pauses[tries]);
    if (!offline()) tries += 1;
  }
}

/** Why there is no answer to what was asked. @param {Problem | null} problem @param {string} what */
function refusal(problem, what) {
  return new Refused(problem?.code || what !== "again" ? problem ?? {} : { detail: NOT_KNOWN });
}

/**
 * One try to send an act; null when no whole answer came back.
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {{session: Session, match?: number, key: string}} options
 */
export function attempt(method, path, body, { session, match, key }) {
  /** @type {Record<string, string>} */
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": session.csrf, "Idempotency-Key": key };
  if (match !== undefined) headers["If-Match"] = `"${match}"`;
  return ask(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

/**
 * One try; null when no whole answer came back.
 * @param {string} path
 * @param {RequestInit} options
 * @returns {Promise<Answer | null>}
 */
async function ask(path, options) {
  try {
    // our server redirects no act; a network that wants to be signed in to first does
    const answer = await fetch(path, { ...options, redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
    return { ok: answer.ok, status: answer.status, value: await answer.json(),
      retryAfter: Number(answer.headers.get("Retry-After")) || undefined };
  } catch {
    return null; // no connection, or something on the way that does not speak JSON
  }
}

const offline = () => globalThis.navigator?.onLine === false;

/** Wait, but not longer than until the browser is online. @param {number} ms */
function pause(ms) {
  return new Promise((/** @type {(nothing?: undefined) => void} */ done) => {
    const end = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", end);
      done();
    };
    const timer = setTimeout(end, ms);
    globalThis.addEventListener?.("online", end);
  });
}
