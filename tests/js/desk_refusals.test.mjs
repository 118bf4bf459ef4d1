import assert from "node:assert/strict";
import { test } from "node:test";
import { inWords } from "../../static/js/desk/refusals.js";

test("a refusal is a sentence with a capital that says what to do", () => {
  assert.equal(inWords({ code: "invalid", field: "headline", detail: "headline is longer than 300 characters" }),
    "The headline is longer than 300 characters. Change that, then press again.");
  assert.equal(inWords({ code: "forbidden", detail: "only an editor can schedule and prepare drafts" }),
    "Only an editor can schedule and prepare drafts. Ask an editor or an admin.");
  assert.equal(inWords({ code: "wrong_state", detail: "Best Picture is confirmed already" }),
    "Best Picture is confirmed already. Somebody may have been faster: look again.");
});

test("a refusal that says what to do is left alone", () => {
  assert.equal(inWords({ code: "wrong_state", detail: "Best Picture is confirmed already; recall it to correct it" }),
    "Best Picture is confirmed already; recall it to correct it.");
  assert.equal(inWords({ code: "invalid", field: "media", detail: "a picture needs a text: what does it show?" }),
    "A picture needs a text: what does it show?");
});

test("what belongs to the desk has the desk's own words", () => {
  assert.match(inWords({ code: "not_signed_in", detail: "sign in, or send a bearer token" }), /at the top of the page/);
  assert.match(inWords({ code: "csrf", detail: "the page is out of date; reload it" }), /what you wrote is kept/);
  assert.equal(inWords({}), "The server refused this.");
});

test("a caller who came second is told who was faster, and with what", () => {
  const detail = "Ana announced Sean Baker at 18:04:07 PST, before you could announce Brady Corbet";
  assert.equal(inWords({ code: "stale", detail, call: {} }), `${detail}.`);
});
