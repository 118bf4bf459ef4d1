// The board: each category in its state, and what may be done with it.

import { step } from "./asked.js";
import { $, button, element, fill, publicly } from "./dom.js";
import { labels } from "./labels.js";
import { winners } from "./state.js";
import { askRecall, askWinner } from "./winner_questions.js";

/** @import { Category, Row, Workspace } from "./desk.d.ts" */

export class Board {
  /** @param {Workspace} workspace @param {HTMLElement} list */
  constructor(workspace, list) {
    this.workspace = workspace;
    this.list = list;
  }

  /** Show the present state. */
  show() {
    const { categories } = this.workspace.timelines.public;
    if (!categories.length) this.list.replaceChildren(element("li", { class: "hint" }, "No categories yet."));
    else fill(this.list, categories.map((category) => this.#row(category)));
  }

  /** Open the question for the category on stage. */
  call() {
    const found = this.workspace.timelines.public.categories.find((category) => category.state === "on_stage");
    if (found && this.workspace.me.editor) askWinner(this.workspace, found);
    else $("#board-title").focus();
  }

  /** @param {Category} category @returns {Row} */
  #row(category) {
    const texts = category.nominees.map((nominee) => this.workspace.timelines.prepared(category, nominee)?.seq ?? 0);
    return [`category:${category.id}`, `${category.seq} ${texts.join(" ")}`, () => this.#item(category)];
  }

  /** @param {Category} category */
  #item(category) {
    const { me, rowActs } = this.workspace;
    const won = winners(category);
    const wrong = category.corrections.at(-1);
    return element("li", { "data-state": category.state },
      element("h3", { tabindex: "-1" }, category.name),
      element("p", { class: "state" }, labels.state[category.state], wrong && " · corrected"),
      won.length > 0 && element("p", { class: "winner" }, won.join(" · ")),
      wrong && element("p", { class: "hint" }, wrong.note),
      me.editor && category.state === "on_stage" && this.#nominees(category),
      me.editor && element("div", { class: "row" }, ...this.#acts(category)),
      rowActs.problem(`category:${category.id}`));
  }

  /** On stage the nominees are at hand: one press chooses, a second one announces. @param {Category} category */
  #nominees(category) {
    const { workspace } = this;
    return element("div", { class: "nominees", role: "group", "aria-label": `${category.name}: the winner is` },
      ...category.nominees.map((nominee) => button([
        element("strong", {}, nominee.name),
        ...(nominee.film === nominee.name ? [] : [element("cite", {}, nominee.film)]),
        ...(workspace.timelines.prepared(category, nominee) ? [element("span", { class: "mark" }, "text ready")] : []),
      ], () => askWinner(workspace, category, nominee), "nominee")));
  }

  /** @param {Category} category @returns {HTMLElement[]} */
  #acts(category) {
    const { workspace } = this;
    /** @param {string} [kind] */
    const call = (kind) => button("Call winner", () => askWinner(workspace, category), kind);
    /** @param {string} kind */
    const recall = (kind) => button("Recall", () => askRecall(workspace, category), kind);
    switch (category.state) {
      case "upcoming": return [publicly("Put on stage", this.#press(category, "on-stage")), call("quiet")];
      case "on_stage": return [call(category.nominees.length ? "quiet" : "main")];
      case "announced": return [publicly("Confirm", this.#press(category, "confirm"), "main"), recall("bad")];
      default: return [recall("bad quiet")];
    }
  }

  /** @param {Category} category @param {string} name of a step */
  #press(category, name) {
    const { act, rowActs } = this.workspace;
    return () =>
      rowActs.attempt(`category:${category.id}`, name, () => act(step(category, name, labels.command[name])));
  }
}
