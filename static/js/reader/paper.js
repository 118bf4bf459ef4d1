// What paper cannot do: a folded part opens for it, and a link says where it leads.

import { all } from "./elements.js";

/** Prepare the page before each printing, and restore it afterwards. */
export function preparePaper() {
  /** @type {HTMLDetailsElement[]} */
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = /** @type {HTMLDetailsElement[]} */ (all("details:not([open])"));
    for (const details of folded) details.open = true;
    for (const link of /** @type {HTMLAnchorElement[]} */ (all(".when, .body a[href]:not(.large, .play)"))) {
      const [address] = link.href.split("?results="); // whoever reads it decides anew
      if (!link.textContent?.includes(address.replace(/\/$/, ""))) link.dataset.address = address;
    }
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
    for (const link of all("[data-address]")) delete link.dataset.address;
  });
}
