// Somebody was faster: both versions are shown, the editor decides, and the other one is set aside.

import { differing } from "./conflict.js";
import { isStale } from "./sending.js";
import { FIELDS, fieldsOf } from "./text.js";
import { decide, titleOf } from "./versions.js";

/** @typedef {import("./sending.js").Edited} Edited */

const GONE = "This draft was published or discarded while you were editing it. " +
  "Your text is still here: it would be a new one.";
const RETRACTED = "This update was retracted while you were editing it. " +
  "Your text is still here: it would be a new update.";

/**
 * @param {object} options
 * @param {import("./desk.d.ts").Desk} options.desk
 * @param {import("./composition.js").Composition} options.composition
 * @param {(note: any) => void} options.use takes a text into the composer
 * @param {(title: string, what: any) => void} options.setAside
 * @param {(words: string) => void} options.problem shows what went wrong
 * @returns {(edited: Edited, theirs: any, note?: string) => Promise<string>} what to tell afterwards; `theirs` is the
 *   newest version, `note` the correction for readers
 */
export function conflictResolution({ desk, composition, use, setAside, problem }) {
  const isHere = (of) => composition.target?.id === of.id;

  /** What was edited is no more: the text would be a new one. */
  function orphaned(/** @type {Edited} */ { text, target: of, plan }, theirs) {
    if (isHere(of)) composition.turnTo(null, plan);
    else use({ text, plan });
    problem(theirs.gone ? GONE : RETRACTED);
    composition.keep();
    return "";
  }

  /** Save some fields over the newest version. */
  function patch(/** @type {Edited} */ { target: of, plan }, theirs, chosen, note) {
    const isDraft = of.kind === "draft";
    return desk.act({
      kind: isDraft ? "draft" : "edit", method: "PATCH", path: `/${of.kind}s/${of.id}`, match: theirs.seq,
      subject: `${of.kind}:${of.id}`, body: { ...chosen, ...(note && { correction: note }), ...(isDraft && plan) },
      words: `Edit “${titleOf(chosen)}”`, edit: { text: chosen, target: { ...of, base: theirs }, plan },
    });
  }

  return async function settle(edited, theirs, note) {
    const { text, target: of } = edited;
    if (theirs.retracted || theirs.gone) return orphaned(edited, theirs);
    const mine = fieldsOf(text, FIELDS.filter((name) => name in text));
    if (of.base && !differing(of.base, theirs).length) { // stamped again, by a pin for instance: no text is in the way
      try {
        await patch(edited, theirs, mine, note);
      } catch (error) {
        if (!isStale(error)) throw error;
        return settle(edited, error.problem.current, note);
      }
      if (isHere(of)) composition.clear();
      return "Saved.";
    }
    let saved = /** @type {any} */ (null);
    const choice = await decide({
      base: of.base, mine, theirs, categories: desk.state.categories,
      save: async (name, chosen) => { saved = await patch(edited, theirs, chosen, note); },
    });
    if (!choice) return "Not saved.";
    const over = (base) => ({ ...of, base });
    if (choice === "mine") {
      const target = over(saved?.kept ? theirs : saved);
      setAside("Their version, which yours replaced", { text: theirs, target });
    }
    if (choice === "theirs") setAside("Your version, not saved", { text: mine, target: over(theirs) });
    if (isHere(of)) composition.clear();
    return { mine: "Saved.", both: "Saved, with both changes.", theirs: "Theirs stays." }[choice];
  };
}
