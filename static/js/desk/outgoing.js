// The text that a call would publish: a sentence at once, and the readers' article when the server has rehearsed the
// call. Without a connection the sentence stays.

import { element } from "./dom.js";
import { named } from "./state.js";

/** @import { Category, Nominee, Workspace } from "./desk.d.ts" */

/** @typedef {{winners: string[], note?: string}} Call with a `note` it is a recall, in favour of the winners if any */

export class Outgoing {
  #asked = 0;

  /**
   * @param {Pick<Workspace, "api" | "timelines">} workspace
   * @param {Category} category
   * @param {string} words before the text
   */
  constructor({ api, timelines }, category, words) {
    this.api = api;
    this.timelines = timelines;
    this.category = category;
    this.words = words;
    this.place = element("div", { class: "outgoing", role: "group", "aria-label": "The text that goes out",
      "aria-live": "polite", tabindex: "0" });
  }

  /** @param {Call | null} call null: nothing would go out */
  async show(call) {
    const asked = (this.#asked += 1);
    if (!call) return this.place.replaceChildren();
    const { category } = this;
    const chosen = category.nominees.filter(({ id }) => call.winners.includes(id));
    this.#put(element("blockquote", {}, ...this.#sentence(chosen, call.note)));
    const answer = await this.api.rehearsal({ category: category.id, ...call });
    if (!answer?.html || asked !== this.#asked) return undefined;
    const page = document.createElement("template");
    page.innerHTML = answer.html; // sanitised by the server
    const parts = page.content.querySelectorAll("h2, .body > *, .correction");
    return this.#put(element("blockquote", {}, ...[...parts].map((part) =>
      (part.matches("h2") ? element("strong", {}, part.textContent) : part))));
  }

  /** @param {Element} text */
  #put(text) {
    this.place.replaceChildren(element("p", { class: "hint" }, this.words), text);
  }

  /** @param {Nominee[]} chosen @param {string} [note] */
  #sentence(chosen, note) {
    const drafts = chosen.map((one) => this.timelines.prepared(this.category, one));
    const names = chosen.map(named).join(" and ");
    const headline = (chosen.length === 1 && drafts[0]?.headline)
      || `${this.category.name}: ${names || "result withdrawn"}`;
    return [element("strong", {}, headline), ...drafts.map((draft) => draft && element("p", {}, draft.body)),
      note && element("p", {}, `Correction: ${note}`)];
  }
}
