// Writing: every act gets one idempotency key, which it keeps through all its tries, so that it happens once.

const PAUSES = [300, 1000, 3000, 5000, 5000];

export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title ?? "The server said no.");
    this.problem = problem;
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** A random key; crypto.randomUUID is missing on plain-http addresses other than localhost. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Send an act; tries again while the line or the storage is away. Throws Refused with the problem. */
export async function send(method, path, body, { csrf, match, key = newKey(), waiting = () => {} }) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf, "Idempotency-Key": key };
  if (match !== undefined) headers["If-Match"] = `"${match}"`;
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }).catch(() => null);
    if (answer?.ok) return answer.json();
    const again = answer === null || answer.status >= 500;
    if (!again || tries >= PAUSES.length) {
      throw new Refused(answer === null ? { detail: "The line is down; nothing was sent. Try again." } : await answer.json().catch(() => ({})));
    }
    waiting();
    await pause(PAUSES[tries]);
  }
}
