// A category whose winner is not called: its nominees, the choice among them, and the one act that announces it.

import { arm } from "./arming.js";
import { button, element, part, publicly } from "./dom.js";
import { labels } from "./labels.js";
import { Outgoing } from "./outgoing.js";
import { recallNote } from "./recall_note.js";
import { ago } from "./running_order.js";
import { beside, lastCall, named } from "./state.js";

/**
 * @import { Category, Nominee, Workspace } from "./desk.d.ts"
 * @import { ReachedReaders } from "./reached.js"
 * @import { Acts, Stage } from "./stage.js"
 * @import { StageResult } from "./stage_result.js"
 */

/** @typedef {Acts & {stage: Stage, reached: ReachedReaders}} Shared */

export class StageChoice {
  /** The chosen nominees' ids. @type {Set<string>} */
  #chosen = new Set();
  #announced = false;

  /** @param {Workspace} workspace @param {Category} category @param {Shared} shared */
  constructor(workspace, category, { stage }) {
    this.workspace = workspace;
    this.category = category;
    this.stage = stage;
    this.outgoing = new Outgoing(workspace, category, "This goes out:");
    this.announcing = publicly("Announce", () => this.announce(), "main");
    this.source = element("input", { name: "source", maxlength: 200, autocomplete: "off" });
    this.element = this.#make();
  }

  get inWork() { return this.#chosen.size > 0; }

  /** Who is chosen and not announced from here. */
  get left() { return this.#announced ? [] : this.#winners; }

  /** Go on from an earlier version of the same category. @param {StageChoice | StageResult | null} before */
  resume(before) {
    if (!(before instanceof StageChoice) || before.category.state !== this.category.state) return;
    this.#chosen = new Set(this.#nominees.map(({ id }) => id).filter((id) => before.#chosen.has(id)));
    this.#announced = before.#announced;
    this.source.value = before.source.value;
    this.#show();
  }

  /** Choose the nth nominee, or leave that choice. @param {number} n 0 for the first */
  choose(n) {
    const nominee = this.#nominees[n];
    if (!nominee || !this.workspace.me.editor || this.#isSent) return;
    this.#announced = false;
    if (!this.#chosen.delete(nominee.id)) this.#chosen.add(nominee.id);
    this.#show();
  }

  clear() {
    if (!this.#isSent) this.#chosen.clear();
    this.#show();
    this.stage.focus();
  }

  /** Announce what is chosen, unless the button has only just come into sight. */
  announce() {
    if (!this.inWork || "arming" in this.announcing.dataset) return undefined;
    const source = this.source.value.trim();
    const winners = this.#winners.map(({ id }) => id);
    this.#announced = true;
    return this.stage.attempt(this.category, "announce", { winners, ...(source && { source }) },
      `: ${this.#winners.map(named).join(" · ")}`);
  }

  /** Which nominees have a text may have changed. */
  update() {
    const texts = this.#nominees.map((one) => this.workspace.timelines.prepared(this.category, one)?.seq ?? 0);
    if (this.element.dataset.texts === String(texts)) return;
    this.element.dataset.texts = String(texts);
    texts.forEach((ready, n) => {
      const mark = this.element.querySelectorAll(".nominee .mark")[n];
      mark.textContent = ready ? "text ready" : "";
    });
    if (this.inWork) arm(this.announcing); // another text would go out: it is read first
    this.#showText();
  }

  tick() {
    const call = lastCall(this.workspace.timelines, this.category);
    const words = call ? `${labels.state.on_stage} for ${ago(Date.now() - Date.parse(call.at))}`
      : labels.state[this.category.state];
    const place = part(this.element, ".since");
    if (place.textContent !== words) place.textContent = words;
  }

  /** Whether the announcement is on its way, or waits for the line: the title goes on to say whom it names. */
  get #isSent() { return this.#announced && this.workspace.rowActs.isBusy(`category:${this.category.id}`); }

  get #nominees() { return this.category.nominees; }

  get #winners() { return this.#nominees.filter(({ id }) => this.#chosen.has(id)); }

  #make() {
    const { category, workspace: { me, rowActs } } = this;
    const open = category.state === "upcoming";
    return element("div", { class: "call", "data-state": category.state },
      element("header", {}, element("h2", { tabindex: "-1" }, category.name), element("p", { class: "since" })),
      element("div", { class: "nominees", role: "group", "aria-label": `${category.name}: the winner is` },
        ...this.#nominees.map((nominee, n) => this.#nominee(nominee, n))),
      me.editor && element("div", { class: "going" }, recallNote(this.workspace, category),
        element("p", { class: "hint ask" }, this.#nominees.length
          ? "Press the winner’s name or number; for a tie, each of them." : "This category has no nominees yet."),
        this.outgoing.place,
        element("div", { class: "row announce", hidden: true },
          element("label", { title: "For the call log; readers never see it" }, "Who says so? ", this.source),
          button("Leave", () => this.clear()), this.announcing),
        open && element("div", { class: "row before" }, this.stage.putOnStage(category)),
        rowActs.problem(`category:${category.id}`)));
  }

  /** @param {Nominee} nominee @param {number} n */
  #nominee(nominee, n) {
    const { films, detail } = beside(nominee);
    const others = films.map((film) => element("cite", {}, film));
    if (detail) others.push(element("span", { class: "detail" }, detail));
    const said = others.flatMap((each, at) => [at ? "\u00a0· " : " ", each]);
    const name = element("span", {}, element("strong", {}, nominee.name), ...said);
    const says = [name, element("span", { class: "mark" })];
    if (!this.workspace.me.editor) return element("p", { class: "nominee" }, ...says);
    const key = element("kbd", { "aria-hidden": "true" }, n < 10 ? String((n + 1) % 10) : "");
    const made = button([key, ...says], () => this.choose(n), "nominee");
    made.setAttribute("aria-pressed", "false");
    return made;
  }

  #show() {
    const winners = this.#winners;
    this.element.querySelectorAll(".nominee").forEach((one, n) =>
      one.setAttribute("aria-pressed", String(this.#chosen.has(this.#nominees[n].id))));
    part(this.element, "h2").textContent = winners.length
      ? `${this.category.name}${winners.length > 1 ? ", a tie" : ""}: ${winners.map(named).join(" and ")}`
      : this.category.name;
    part(this.element, ".ask").hidden = winners.length > 0;
    part(this.element, ".announce").hidden = !winners.length;
    const before = this.element.querySelector(".before");
    if (before) /** @type {HTMLElement} */ (before).hidden = winners.length > 0;
    arm(this.announcing);
    this.#showText();
  }

  #showText() {
    this.outgoing.show(this.inWork ? { winners: this.#winners.map(({ id }) => id) } : null);
  }
}
