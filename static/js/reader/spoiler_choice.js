// Whether this page hides results: by the reader's choice, which the browser keeps, or for one visit by that of a link
// with `?results=hidden`, until the reader chooses.

import { around } from "./elements.js";
import { forget, keep, recall } from "./memory.js";

const PAGES = /\/live\/[^/]+(\/(pages|posts|start)\/[^/]+)?$/; // those that read it

export const hidesResults = () => document.documentElement.classList.contains("safe");

/** A link hides them: that of this page, or that with which the visit began. */
const byLink = () => new URLSearchParams(location.search).get("results") === "hidden"
  || recall("safe", false, "sessionStorage");

/** The reader's own choice: it ends that of a link. @param {boolean} on */
export function choose(on) {
  keep("safe", on);
  forget("safe", "sessionStorage");
  const address = new URL(location.href);
  address.searchParams.delete("results");
  history.replaceState(history.state, "", address);
}

/**
 * Follow the choice that is made in other tabs, or was while the browser kept this page aside.
 * @param {(on: boolean) => void} put
 */
export function followChoice(put) {
  const look = () => {
    const now = Boolean(byLink() || recall("safe", false));
    if (now !== hidesResults()) put(now);
  };
  addEventListener("storage", ({ key }) => { if (key === "liveblog:safe") look(); });
  addEventListener("pageshow", ({ persisted }) => { if (persisted) look(); });
}

/** What a link has hidden stays hidden where this page leads, also in other tabs, which know nothing of the visit. */
export function passOnChoice() {
  for (const type of ["pointerdown", "focusin"]) {
    document.addEventListener(type, (event) => {
      const link = /** @type {HTMLAnchorElement | null} */ (around(event, "a[href]"));
      if (!link || !hidesResults() || !byLink()) return;
      const address = new URL(link.href);
      if (address.origin !== location.origin || !PAGES.test(address.pathname)) return;
      if (address.pathname === location.pathname) return; // a place on this page
      address.searchParams.set("results", "hidden");
      link.href = address.href;
    });
  }
}
