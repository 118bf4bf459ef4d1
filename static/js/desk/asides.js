// Texts that were set aside: they stay in sight, and in this browser, until they are used or discarded.

import { button, element } from "./dom.js";

/**
 * @typedef {import("./desk.d.ts").KeptText} KeptText
 * @param {HTMLElement} place
 * @param {object} options
 * @param {() => import("./kept_texts.js").KeptTexts | null} options.notes where they are kept; null before it is known
 * @param {(note: KeptText) => void} options.use takes one into the composer
 */
export function asides(place, { notes, use }) {
  /**
   * Show one that is kept under a name, if it could be kept.
   * @param {string | undefined} name
   * @param {KeptText} note
   */
  function box(name, note) {
    const at = new Date(note.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const away = () => {
      shown.remove();
      if (name) notes()?.remove(name);
    };
    const shown = element("section", { class: "aside" },
      element("h3", {}, note.title ?? "Unfinished update", " ", element("span", { class: "hint" }, at)),
      element("pre", { tabindex: "0" }, [note.text.headline, note.text.body].filter(Boolean).join("\n\n")),
      element("div", { class: "row" },
        button("Use this text", () => { away(); use(note); }), button("Discard", away)));
    place.append(shown);
  }

  /** @param {string} title @param {Omit<KeptText, "at" | "title">} what */
  function setAside(title, what) {
    const note = { at: Date.now(), title, ...what };
    box(notes()?.setAside(note), note);
  }

  return { box, setAside };
}
