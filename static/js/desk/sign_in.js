// Signing in again without leaving the page: what is written stays, and the outbox goes on.

import { ask } from "./dialog.js";
import { element } from "./dom.js";
import { prefix } from "../reader/site.js";

/** @import { Session } from "./api.js" */

const PATIENCE = 15_000; // ms for an answer
/** @type {Record<number, string>} */
const REFUSALS = {
  403: "Name or password is wrong.",
  429: "Too many tries from here. Wait a few minutes, then try again.",
};

/**
 * @param {Session} session is renewed
 * @param {string} who the person that this page belongs to
 * @returns {Promise<boolean>} whether that person is signed in again
 */
export function askSignIn(session, who) {
  return ask("Sign in", [
    element("p", { class: "hint" }, "Everything that you wrote stays here, and what waits goes out afterwards."),
    element("label", {}, "Name", element("input", { name: "name", value: who, autocomplete: "username",
      autocapitalize: "none", required: true })),
    element("label", {}, "Password", element("input", { name: "password", type: "password", required: true,
      autocomplete: "current-password", autofocus: true })),
  ], [["Sign in", (answer) => signIn(session, who, answer)]]);
}

/** @param {Session} session @param {string} who @param {FormData} answer */
async function signIn(session, who, answer) {
  const name = String(answer.get("name")).trim();
  if (folded(name) !== folded(who)) {
    throw new Error(`This page and its texts are ${who}’s: sign in as ${who}. Anybody else opens the desk anew.`);
  }
  const body = new URLSearchParams({ name, password: String(answer.get("password")) });
  const options = /** @type {const} */ ({ method: "POST", body, redirect: "manual" }); // which says that it is done
  const signal = AbortSignal.timeout(PATIENCE);
  const said = await fetch(`${prefix}/desk/sign-in`, { ...options, signal }).catch(() => null);
  if (said?.type !== "opaqueredirect") {
    throw new Error(REFUSALS[said?.status ?? 0] ?? "The line is down. Try again in a moment.");
  }
  await session.renew();
  if (session.name) return;
  throw new Error(`A second step? Take it in another tab, then press again. Else ${who} may not work here now.`);
}

/** @param {string} name */
const folded = (name) => name.normalize("NFC").toLowerCase();
