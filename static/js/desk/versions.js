// Showing what differs between versions, and letting the editor decide between two of them.

import { difference, differing, merge } from "./conflict.js";
import { ask } from "./dialog.js";
import { element } from "./dom.js";
import { hasParagraphs, inWords, labelOf } from "./text.js";

/** @import { Category, Text } from "./desk.d.ts" */

/**
 * @typedef {"mine" | "theirs" | "both"} Choice
 */

/**
 * The runs of a difference as elements; what was taken away is left out where only the newer side is shown.
 * @param {string} before
 * @param {string} after
 */
function changeRuns(before, after, { gone = true } = {}) {
  return difference(before, after).filter((run) => gone || run.kind !== "gone").map(({ kind, text }) =>
    (kind === "same" ? document.createTextNode(text) : element(kind === "gone" ? "del" : "ins", {}, text)));
}

/**
 * A list of the fields that differ, each with its change.
 * @param {Text} before
 * @param {Text} after
 * @param {Category[]} categories
 */
export function changes(before, after, categories) {
  const fields = differing(before, after);
  if (!fields.length) return element("p", { class: "hint" }, "Nothing differs.");
  return element("dl", { class: "changes" }, ...fields.flatMap((name) => {
    const [old, now] = [before, after].map((text) => inWords(name, text[name], categories));
    return [element("dt", {}, labelOf(name)),
      element("dd", { class: hasParagraphs(name) ? "text" : undefined }, ...changeRuns(old, now))];
  }));
}

/** @param {string} name @param {string} whose @param {Text | undefined} base @param {Text} text */
const version = (name, whose, base, text) => element("section", {},
  element("h3", {}, name, " ", element("span", { class: "hint" }, whose)),
  element("div", { class: "version", tabindex: "0", role: "group", "aria-label": name },
    text.headline && element("p", { class: "head" },
      ...changeRuns(base?.headline ?? text.headline, text.headline, { gone: Boolean(base) })),
    element("p", { class: "text" },
      ...changeRuns(base?.body ?? text.body ?? "", text.body ?? "", { gone: Boolean(base) }))));

/**
 * Somebody was faster. Both versions are shown with what each changed, and what differs between them.
 * @param {object} options
 * @param {Text} [options.base] what both began from
 * @param {Text} options.mine
 * @param {Text} options.theirs the newest version
 * @param {string} options.by whose that is
 * @param {string} [options.at] since when, in words
 * @param {Category[]} options.categories
 * @param {(text: Text) => Promise<void>} options.save saves these fields over the newest version
 * @returns {Promise<Choice | null>} null when nothing was decided
 */
export async function decide({ base, mine, theirs, by, at, categories, save }) {
  const since = at ? `at ${at}` : "meanwhile";
  const whose = by === "You" ? "You, in another window," : by;
  const { merged } = merge(base ?? {}, mine, theirs);
  /** @type {Choice | null} */
  let choice = null;
  /** @param {Choice} name @param {Text} [fields] */
  const take = (name, fields) => async () => {
    if (fields) await save(fields);
    choice = name;
  };
  /** @type {Parameters<typeof ask>[2]} */
  const answers = [["Save mine", take("mine", mine)], ["Keep theirs", take("theirs"), "other"]];
  if (base && merged) answers.unshift(["Save both changes", take("both", merged)]);
  await ask(`${whose} changed this ${since}, while you were editing it`, [
    element("p", { class: "hint" }, merged && base
      ? "You changed different parts, so both changes can be kept. " +
        "Whichever you choose, the other version is set aside for you."
      : "You changed the same words. Whichever you choose, the other version is set aside for you."),
    element("div", { class: "versions" }, version("Yours", "not saved", base, mine),
      version("Theirs", [by, at].filter(Boolean).join(", "), base, theirs)),
    element("details", {}, element("summary", {}, "From theirs to yours"), changes(theirs, mine, categories)),
  ], answers, { wide: true });
  return choice;
}
