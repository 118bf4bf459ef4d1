// What readers are told about a recall, on the stage, where an editor can change it afterwards.

import { changeNote } from "./asked.js";
import { correctionInWords } from "./calls.js";
import { ask } from "./dialog.js";
import { button, element } from "./dom.js";

/** @import { Category, Workspace } from "./desk.d.ts" */

/**
 * The last recall's note, with the names that it is about.
 * @param {Pick<Workspace, "act" | "me">} workspace
 * @param {Category} category
 * @returns {HTMLElement | undefined} nothing for a result that was never recalled
 */
export function recallNote({ act, me }, category) {
  const recall = category.corrections.at(-1);
  if (!recall) return undefined;
  const change = () => ask(`What was wrong with ${category.name}?`, [
    element("label", {}, "What was wrong? ", element("span", { class: "hint" }, "readers see this"),
      element("input", { name: "note", required: true, maxlength: 1000, autocomplete: "off", value: recall.note })),
  ], [["Change", (answer) => act(changeNote(category, String(answer.get("note")).trim()))]]);
  return element("p", { class: "correction-note" }, `${correctionInWords(recall)} `,
    me.editor && button("Change the note", change, "quiet"));
}
