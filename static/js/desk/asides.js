// Texts that were set aside: they stay in sight, and in this browser, until they are used or discarded.

import { button, element } from "./dom.js";
import { clock } from "./times.js";

/**
 * @import { Edited, KeptText } from "./desk.d.ts"
 * @import { KeptTexts } from "./kept_texts.js"
 */

/**
 * @param {HTMLElement} place
 * @param {object} options
 * @param {() => KeptTexts | null} options.texts where they are kept; null before it is known
 * @param {(note: KeptText) => void} options.use takes one into the composer
 * @param {() => string} options.zone the event's
 */
export function asides(place, { texts, use, zone }) {
  /**
   * Show one that is kept under a name, if it could be kept.
   * @param {string | undefined} name
   * @param {KeptText} note
   */
  function show(name, note) {
    const away = () => {
      shown.remove();
      if (name) texts()?.remove(name);
    };
    const shown = element("section", { class: "aside" },
      element("h3", {}, note.title ?? "Unfinished update", " ",
        element("span", { class: "hint" }, clock(note.at, zone()))),
      element("pre", { tabindex: "0" }, [note.text.headline, note.text.body].filter(Boolean).join("\n\n")),
      element("div", { class: "row" },
        button("Use this text", () => { away(); use(note); }), button("Discard", away)));
    place.append(shown);
  }

  /** @param {string} title @param {Edited} edited */
  function setAside(title, edited) {
    const note = { at: Date.now(), title, ...edited };
    show(texts()?.setAside(note), note);
  }

  return { show, setAside };
}
