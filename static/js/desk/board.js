// The board: the categories in running order, a line for each. What is done with them is done on the stage.

import { button, element, fill } from "./dom.js";
import { labels } from "./labels.js";
import { nextUp } from "./running_order.js";
import { winners } from "./state.js";

/**
 * @import { Category, Row, Workspace } from "./desk.d.ts"
 * @import { Stage } from "./stage.js"
 */

export class Board {
  /** @param {Workspace} workspace @param {HTMLElement} list @param {Stage} stage */
  constructor(workspace, list, stage) {
    this.workspace = workspace;
    this.list = list;
    this.stage = stage;
  }

  /** Show the present state. */
  show() {
    const { categories } = this.workspace.timelines.public;
    const next = nextUp(categories);
    if (!categories.length) this.list.replaceChildren(element("li", { class: "hint" }, "No categories yet."));
    else fill(this.list, categories.map((category) => this.#row(category, category === next)));
  }

  /** @param {Category} category @param {boolean} isNext @returns {Row} */
  #row(category, isNext) {
    return [`category:${category.id}`, `${category.seq} ${isNext}`, () => this.#item(category, isNext)];
  }

  /** @param {Category} category @param {boolean} isNext */
  #item(category, isNext) {
    const { me, rowActs } = this.workspace;
    const won = winners(category);
    const open = me.editor && category.state === "upcoming";
    const state = [category.doubt ? labels.doubt : !open && labels.state[category.state],
      category.corrections.length > 0 && "corrected"].filter(Boolean).join(" · ");
    return element("li", { "data-state": category.doubt ? "doubt" : category.state, class: isNext && "next" },
      element("h3", { tabindex: "-1" }, button(category.name, () => this.stage.open(category), "quiet")),
      isNext && element("p", { class: "hint" }, "Next"),
      state && element("p", { class: "state" }, state),
      won.length > 0 && element("p", { class: "winner" }, won.join(" · ")),
      open && this.stage.putOnStage(category),
      rowActs.problem(`category:${category.id}`));
  }
}
