// Reading a night from its start. That is remembered with the page that was read last, until a link leads back to the
// newest updates; before_paint.js goes on from there.

import { around } from "./elements.js";
import { keep } from "./memory.js";

const [, base] = location.pathname.match(/^(.*)\/start\/\d+$/) ?? [];

/** The address of the live page, also on the same page from the start. */
export const home = base ?? location.pathname;

export function rememberOrder() {
  if (!base) return;
  const name = `${base.split("/").at(-1)}:start`;
  keep(name, location.pathname);
  document.addEventListener("click", (event) => {
    const link = /** @type {HTMLAnchorElement | null} */ (around(event, "a[href]"));
    if (link?.pathname === base && !link.hash) keep(name, null);
  });
}
