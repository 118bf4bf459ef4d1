// What a refusal of the server says to the person who is at the desk: a sentence, and what to do. Pure.

import { fieldInWords } from "./text.js";

/** @import { Problem } from "./desk.d.ts" */

/** Refusals that the desk words by itself, by code. @type {Record<string, string>} */
const WORDS = {
  not_signed_in:
    "You are signed out. Sign in at the top of the page, then press once more: nothing written here is lost.",
  stale: "Somebody else changed this meanwhile. Look at it again.",
  csrf: "This page is out of date. Reload it: what you wrote is kept.",
  retracted: "This update was retracted meanwhile. Its text can be published as a new one.",
  internal_server_error: "The server failed at this. Press again; if it fails again, tell an admin.",
};

/** What to do about the others, by code, where the server does not say it. @type {Record<string, string>} */
const NEXT = {
  forbidden: "Ask an editor or an admin.",
  not_found: "Somebody may have removed it: look again.",
  wrong_state: "Somebody may have been faster: look again.",
  too_large: "Send less at once.",
  invalid: "Change that, then press again.",
  damaged: "Choose another file.",
  polyglot: "Choose another file.",
};

/** @param {Problem} problem */
export function inWords({ code = "", title, detail, field = "", call }) {
  if (call && detail) return sentence(detail); // who was faster, and with what
  if (WORDS[code]) return WORDS[code];
  const said = detail ?? title ?? "the server refused this";
  const name = fieldInWords(field);
  const named = name && said.startsWith(`${field} `) ? name + said.slice(field.length) : said;
  const says = /[;:?]|\. \S/.test(named); // two clauses: what is wrong, and what to do
  return [sentence(named), !says && NEXT[code]].filter(Boolean).join(" ");
}

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? "" : ".");
