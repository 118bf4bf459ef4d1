// The list of the people at the desk.

import { element } from "./dom.js";
import { doing } from "./presence.js";

/** @import { Workspace } from "./desk.d.ts" */

/**
 * @param {Pick<Workspace, "me" | "presence" | "timelines">} workspace
 * @param {HTMLElement} list
 * @returns shows the present list
 */
export const peopleHere = ({ me, presence, timelines }, list) => () => {
  const people = presence.each;
  if (list.parentElement) list.parentElement.hidden = !people.length;
  list.replaceChildren(...people.map((one) => element("li", {},
    element("span", { class: "who" }, one.name === me.name ? `${one.name} (you)` : one.name), " ",
    element("span", { class: "hint" }, doing(one, (ref) => timelines.find(ref))))));
};
