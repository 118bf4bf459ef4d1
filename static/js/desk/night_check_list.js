// The night check in a question's dialog: each finding with the places where it can be seen to.

import { button, element } from "./dom.js";

/** @import { Finding, Place } from "./desk.d.ts" */

const FEW = 4; // places that are shown at once

/**
 * @param {Finding[]} findings
 * @param {string} none the sentence if there are none
 * @param {(place: Place) => void} choose called with the place that somebody wants to go to
 */
export function checkList(findings, none, choose) {
  if (!findings.length) return element("p", { class: "check-done" }, none);
  return element("ul", { class: "check-list" }, ...findings.map(({ words, places }) => {
    const list = places.length > 0 && element("ul", {}, ...places.map((place) =>
      element("li", {}, button(place.words, () => choose(place), "quiet"))));
    return places.length > FEW
      ? element("li", {}, element("details", {}, element("summary", {}, words), list))
      : element("li", {}, element("p", {}, words), list);
  }));
}
