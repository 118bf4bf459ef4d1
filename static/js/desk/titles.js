// Fetching the title of a video or post that is in the text as a bare address (liveblog/web/titles.py).

import { waiting } from "./dom.js";
import { titled } from "./markdown_edits.js";
import { put } from "./toolbar.js";

/** @import { Api } from "./desk.d.ts" */

/**
 * @param {HTMLButtonElement | null} button null where the server asks no other site
 * @param {HTMLTextAreaElement} field
 * @param {{fetch: Api["title"], tell: (words: string) => void}} options
 * @returns {(addresses: string[]) => void} takes the addresses without a title
 */
export function titles(button, field, { fetch, tell }) {
  if (!button) return () => {};
  let address = "";

  /** @param {HTMLElement} pressed @param {string} of */
  async function fill(pressed, of) {
    const done = waiting(pressed);
    try {
      const { markdown } = await fetch(of);
      const edit = titled(field.value, of, markdown);
      if (edit) put(field, edit);
      else tell("The title is not put in: the address is not there any more.");
    } catch (error) {
      tell(`There is no title: ${error.message}`);
    } finally {
      done();
    }
  }

  button.addEventListener("click", () => { if (address && !button.ariaBusy) fill(button, address); });
  return ([first = ""]) => {
    address = first;
    button.disabled = !first;
    button.title = first && `Fetch the title of ${first}`;
  };
}
