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
    element("label", {}, "Password", element("input", { name: "password", type: "password",
      autocomplete: "current-password", autofocus: true })),
    element("p", { class: "hint" }, "With a passkey, a second step or an identity provider: ",
      element("a", { href: `${prefix}/desk/sign-in`, target: "_blank" }, "sign in in another tab"),
      ", then press Sign in here."),
  ], [["Sign in", (answer) => signIn(session, who, answer)]]);
}

/** @param {Session} session @param {string} who @param {FormData} answer */
async function signIn(session, who, answer) {
  const name = String(answer.get("name")).trim();
  if (folded(name) !== folded(who)) {
    throw new Error(`This page and its texts are ${who}’s: sign in as ${who}. Anybody else opens the desk anew.`);
  }
  const password = String(answer.get("password"));
  if (password) await send(name, password);
  await session.renew();
  if (session.name !== null && folded(session.name) === folded(who)) return;
  if (session.name) throw new Error(`This browser is signed in as ${session.name} now: sign in as ${who}.`);
  if (!password) throw new Error("Give your password, or sign in in another tab first.");
  throw new Error(`A second step? Take it in another tab, then press again. Else ${who} may not work here now.`);
}

/** @param {string} name @param {string} password */
async function send(name, password) {
  const body = new URLSearchParams({ name, password });
  const options = /** @type {const} */ ({ method: "POST", body, redirect: "manual" }); // which says that it is done
  const signal = AbortSignal.timeout(PATIENCE);
  const said = await fetch(`${prefix}/desk/sign-in`, { ...options, signal }).catch(() => null);
  if (said?.type !== "opaqueredirect") {
    throw new Error(REFUSALS[said?.status ?? 0] ?? "The line is down. Try again in a moment.");
  }
}

/** @param {string} name */
const folded = (name) => name.normalize("NFC").toLowerCase();
