// Deleting a picture for good: from everything that shows it, and from its addresses.

import { ask } from "./dialog.js";
import { element } from "./dom.js";

/** @import { Api, Tell } from "./desk.d.ts" */

/**
 * Ask, and delete.
 * @param {Pick<Api, "deletePicture">} api
 * @param {string} name
 * @param {{tell: Tell, gone: () => void}} then `gone` is called once it is
 */
export function deletePicture(api, name, { tell, gone }) {
  return ask("Delete this picture for good?", [
    element("p", {}, "Readers lose it at once. It goes from every update, draft and earlier version that shows it, " +
      "also those of others; an update that is nothing else is retracted."),
    element("p", { class: "hint" }, "This cannot be undone. “Remove” only takes it out of this text."),
  ], [["Delete for good", async () => {
    const { deleted } = await api.deletePicture(name);
    gone();
    tell(deleted ? "The picture is deleted." : "The picture is gone from this blog. Another blog still shows it.");
  }, "bad"]]);
}
