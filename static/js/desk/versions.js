// Showing what differs between versions, and letting the editor decide between two of them.

import { difference, differing, merge } from "./conflict.js";
import { ask } from "./dialog.js";
import { element } from "./dom.js";
import { hasParagraphs, inWords, labelOf } from "./text.js";

export const titleOf = (text) => text.headline || firstWords(text.body ?? "");

function firstWords(text) {
  const line = text.trim().split("\n")[0];
  return line.length > 60 ? `${line.slice(0, 57).trimEnd()}…` : line || "no text yet";
}

/** The runs of a difference as elements; what was taken away is left out where only the newer side is shown. */
export function marked(before, after, { gone = true } = {}) {
  return difference(before, after).filter((run) => gone || run.kind !== "gone").map(({ kind, text }) =>
    (kind === "same" ? document.createTextNode(text) : element(kind === "gone" ? "del" : "ins", {}, text)));
}

/** A list of the fields that differ, each with its change marked. */
export function changes(before, after, categories = []) {
  const fields = differing(before, after);
  if (!fields.length) return element("p", { class: "hint" }, "Nothing differs.");
  return element("dl", { class: "changes" }, ...fields.flatMap((name) => {
    const [old, now] = [before, after].map((side) => inWords(name, side[name], categories));
    return [element("dt", {}, labelOf(name)),
      element("dd", { class: hasParagraphs(name) ? "text" : undefined }, ...marked(old, now))];
  }));
}

const version = (name, base, text) => element("section", {},
  element("h3", {}, name),
  element("div", { class: "version", tabindex: "0", role: "group", "aria-label": name },
    text.headline && element("p", { class: "head" },
      ...marked(base?.headline ?? text.headline, text.headline, { gone: Boolean(base) })),
    element("p", { class: "text" },
      ...marked(base?.body ?? text.body ?? "", text.body ?? "", { gone: Boolean(base) }))));

/**
 * Somebody was faster. Both versions are shown with what each changed, and what differs between them.
 * @param save ("mine" | "both", fields) → Promise: save these fields over the newest version
 * @returns "mine", "theirs", "both", or null when nothing was decided
 */
export async function decide({ base, mine, theirs, categories, save }) {
  const { merged } = merge(base ?? {}, mine, theirs);
  let choice = null;
  const take = (name, fields) => async () => {
    if (fields) await save(name, fields);
    choice = name;
  };
  /** @type {Parameters<typeof ask>[2]} */
  const answers = [["Save mine", take("mine", mine)], ["Keep theirs", take("theirs"), "other"]];
  if (base && merged) answers.unshift(["Save both changes", take("both", merged)]);
  await ask("This was changed while you were editing it", [
    element("p", { class: "hint" }, merged && base
      ? "You changed different parts, so both changes can be kept. " +
        "Whichever you choose, the other version is set aside for you."
      : "You changed the same words. Whichever you choose, the other version is set aside for you."),
    element("div", { class: "versions" }, version("Yours", base, mine), version("Theirs", base, theirs)),
    element("details", {}, element("summary", {}, "From theirs to yours"), changes(theirs, mine, categories)),
  ], answers, { wide: true });
  return choice;
}
