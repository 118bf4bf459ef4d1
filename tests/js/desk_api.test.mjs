import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { newKey, Refused, send, Session } from "../../static/js/desk/api.js";

/** @param {number} status @param {unknown} value */
const json = (status, value) => new Response(JSON.stringify(value), { status });
/** @type {any[]} */
let sent;
/** @type {(Response | Error)[]} */
let answers;

beforeEach(() => {
  sent = [];
  answers = [];
  globalThis.fetch = async (path, options = {}) => {
    sent.push({ path, ...options });
    const next = answers.shift();
    if (!next || next instanceof Error) throw next;
    return next;
  };
});

const session = () => new Session("old", "/desk/anora/session");
const act = (more = {}) => send("POST", "/posts", { body: "x" }, { session: session(), pauses: [1, 1, 1], ...more });
const keys = () => new Set(sent.filter((one) => one.method).map((one) => one.headers["Idempotency-Key"]));

test("an act carries its key, its page's token and the version it was meant for", async () => {
  answers = [json(201, { id: "p" })];
  assert.deepEqual(await act({ match: 7, key: "k" }), { id: "p" });
  const { headers } = sent[0];
  assert.deepEqual([headers["Idempotency-Key"], headers["X-CSRF-Token"], headers["If-Match"]], ["k", "old", '"7"']);
});

test("it is sent again under the same key while the line or the storage is away", async () => {
  const lost = new Response("{", { status: 201 }); // the answer broke off
  answers = [new TypeError("no line"), json(503, { code: "storage_unavailable" }), lost, json(201, { id: "p" })];
  let waited = 0;
  assert.deepEqual(await act({ waiting: () => { waited += 1; } }), { id: "p" });
  assert.equal(sent.length, 4);
  assert.equal(keys().size, 1);
  assert.equal(waited, 3);
});

test("a gateway's page instead of an answer is a line that is away", async () => {
  answers = [new Response("<h1>Bad gateway</h1>", { status: 502 }), json(200, {})];
  await act();
  assert.equal(sent.length, 2);
});

test("when it gives up it does not claim that nothing arrived", async () => {
  answers = Array.from({ length: 4 }, () => new TypeError("no line"));
  await assert.rejects(act(), (error) => error instanceof Refused && /not known/.test(error.message));
  assert.equal(sent.length, 4);
});

test("a refusal is not sent again", async () => {
  answers = [json(422, { code: "invalid", detail: "body is empty", field: "body" })];
  await assert.rejects(act(), (/** @type {Refused} */ error) =>
    error.message === "The text is empty. Change that, then press again." && error.problem.field === "body");
  assert.equal(sent.length, 1);
});

test("after signing in again in another tab the act goes on with the new session's token, under its key", async () => {
  answers = [json(403, { code: "csrf", detail: "reload" }), json(200, { csrf: "new" }), json(201, { id: "p" })];
  assert.deepEqual(await act(), { id: "p" });
  assert.deepEqual(sent.map((one) => one.path), ["/posts", "/desk/anora/session", "/posts"]);
  assert.equal(sent[2].headers["X-CSRF-Token"], "new");
  assert.equal(keys().size, 1);
});

test("a token that is refused again is not renewed for ever", async () => {
  answers = [json(403, { code: "csrf" }), json(200, { csrf: "new" }), json(403, { code: "csrf", detail: "no" })];
  await assert.rejects(act(), /out of date/);
});

test("who is signed out is told what to do", async () => {
  answers = [json(401, { code: "not_signed_in", detail: "…" })];
  await assert.rejects(act(), /Sign in at the top of the page/);
});

test("while the browser is offline it waits without giving up", async () => {
  const online = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { onLine: false }, configurable: true });
  answers = [...Array.from({ length: 9 }, () => new TypeError("no line")), json(201, { id: "p" })];
  assert.deepEqual(await act(), { id: "p" });
  if (online) Object.defineProperty(globalThis, "navigator", online);
  else Reflect.deleteProperty(globalThis, "navigator");
});

test("keys differ", () => {
  assert.equal(new Set(Array.from({ length: 100 }, newKey)).size, 100);
  assert.match(newKey(), /^[0-9a-f]{32}$/);
});
