// The stage: the category on stage, or the result that was called last, always in sight. Here winners are chosen,
// announced, confirmed, doubted and recalled, and nowhere else.

import { step } from "./asked.js";
import { button, element, fill, focusHeading, part, publicly } from "./dom.js";
import { labels } from "./labels.js";
import { isDecided, lastCalled, nextUp, onStage, rowsOfNominees } from "./running_order.js";
import { StageChoice } from "./stage_choice.js";
import { StageResult } from "./stage_result.js";
import { winnersOf } from "./state.js";

/**
 * @import { Category, Row, Workspace } from "./desk.d.ts"
 * @import { ReachedReaders } from "./reached.js"
 */

/** @typedef {{writeMore: (category: Category) => void}} Acts `writeMore` begins an update about a result */

const TEXT = "input, textarea, select, [contenteditable]";
const NARROW = "(max-width: 47.99rem)"; // stage.css

export class Stage {
  /** The category that somebody here wants to look at, whatever is on stage. @type {string | null} */
  #opened = null;
  #before = /** @type {string | undefined} */ (undefined); // what was on stage when it was last shown
  /** @type {StageChoice | StageResult | null} */
  #shown = null;

  /**
   * @param {Workspace} workspace
   * @param {HTMLElement} place
   * @param {ReachedReaders} reached
   * @param {Acts} acts
   */
  constructor(workspace, place, reached, acts) {
    this.workspace = workspace;
    this.place = place;
    this.reached = reached;
    this.acts = acts;
    this.panel = part(place, "#stage-panel");
    this.bar = part(place, "#stage-bar");
    this.elsewhere = part(place, "#stage-elsewhere");
    this.bar.addEventListener("click", () => this.unfold(!this.isOpen));
    document.addEventListener("keydown", (event) => this.#key(event));
    setInterval(() => this.#tick(), 1000);
    matchMedia(NARROW).addEventListener("change", () => this.unfold(false));
    this.change = columnsBelow(place);
  }

  get isOpen() { return this.place.dataset.open === "yes"; }

  /** Where there is room for one thing at a time the stage is a bar, and opens to a sheet. @param {boolean} open */
  unfold(open) {
    this.place.dataset.open = open ? "yes" : "no";
    this.bar.setAttribute("aria-expanded", String(open));
    part(document, "#desk").inert = open && matchMedia(NARROW).matches; // it is below the sheet
    if (open) this.focus();
  }

  /** Give the keyboard to the heading: pressing a key there does nothing. */
  focus() { focusHeading(this.panel); }

  /** Look at a category, whatever is on stage. @param {Category} category */
  open(category) {
    this.#opened = category.id;
    this.show();
    this.unfold(true);
  }

  /** Choose or leave the nth nominee by key, 0 for the first, in sight of the title. @param {number} n */
  choose(n) {
    if (!(this.#shown instanceof StageChoice) || !this.workspace.me.editor) return;
    this.#shown.choose(n);
    this.unfold(true);
  }

  /** Show the present state. */
  show() {
    const { blog, categories } = this.workspace.timelines.public;
    if (!blog) return;
    this.change();
    const now = onStage(categories);
    if (now && now.id !== this.#before) this.#opened = this.#kept(categories); // what comes on stage comes in sight
    this.#before = now?.id;
    const category = this.#category(categories, now);
    const next = nextUp(categories);
    this.place.hidden = !category && !next;
    this.place.style.setProperty("--rows", String(rowsOfNominees(category)));
    this.place.dataset.live = blog.status === "live" ? "yes" : "no";
    fill(this.panel, [category ? this.#row(category) : this.#idle(next)]);
    if (!category) this.#shown = null;
    this.#shown?.update();
    this.#showElsewhere(category, categories);
    this.#tick();
  }

  /** What somebody is about to announce or to correct here: it is not taken away. @param {Category[]} categories */
  #kept(categories) {
    if (!this.#shown?.inWork) return null;
    const { id } = this.#shown.category;
    const isStill = this.#shown instanceof StageResult
      || categories.some((each) => each.id === id && each.state === "on_stage");
    return isStill ? id : null;
  }

  /** @param {Category[]} categories @param {Category | undefined} now on stage */
  #category(categories, now) {
    const { blog } = this.workspace.timelines.public;
    const usual = now ?? (blog.status === "ended" ? categories.find(({ state }) => state === "announced")
      : lastCalled(categories));
    const opened = categories.find(({ id }) => id === this.#opened);
    if (!opened || opened === usual) this.#opened = null;
    return opened ?? usual;
  }

  /** @param {Category} category @returns {Row} */
  #row(category) {
    return [`stage:${category.id}`, `${category.seq}`, () => {
      const before = this.#shown;
      const Part = isDecided(category) ? StageResult : StageChoice;
      const made = new Part(this.workspace, category, { ...this.acts, reached: this.reached, stage: this });
      const isSame = before?.category.id === category.id;
      made.resume(isSame ? before : null);
      if (before && !isSame) this.workspace.rowActs.tell(`category:${before.category.id}`, "");
      this.#shown = made;
      return made.element;
    }];
  }

  /** @param {Category | undefined} next @returns {Row} */
  #idle(next) {
    const make = () => element("div", { class: "idle", "data-state": "idle" },
      element("h2", { tabindex: "-1" }, "Nothing is on stage"), next && this.next(next));
    return ["stage:", next ? `${next.id} ${next.seq}` : "", make];
  }

  /** What comes next, with the button that puts it on stage. @param {Category} category */
  next(category) {
    const { me, rowActs } = this.workspace;
    return element("div", { class: "next" }, element("span", {}, "Next: ", element("b", {}, category.name)),
      me.editor && this.putOnStage(category), rowActs.problem(`category:${category.id}`));
  }

  /** The button that puts a category on stage, and then shows it. @param {Category} category */
  putOnStage(category) {
    return publicly("Put on stage", async () => {
      await this.attempt(category, "on-stage");
      if (!document.activeElement?.closest(TEXT)) this.unfold(true);
    });
  }

  /**
   * Do a step with a category. What goes wrong is told in its rows.
   * @param {Category} category
   * @param {string} name of the step
   * @param {object} [body]
   * @param {string} [about] more words for the outbox
   */
  attempt(category, name, body, about = "") {
    const { act, rowActs } = this.workspace;
    const asked = step(category, name, labels.command[name], body);
    return rowActs.attempt(`category:${category.id}`, name, () => act({ ...asked, words: asked.words + about }));
  }

  /**
   * What else is on stage or in doubt while something is looked at, and the way back.
   * @param {Category | undefined} shown
   * @param {Category[]} categories
   */
  #showElsewhere(shown, categories) {
    const others = categories.filter((each) => each !== shown && (each.doubt || each.state === "on_stage"));
    const back = this.#opened !== null && !others.some(({ state }) => state === "on_stage");
    this.elsewhere.hidden = !others.length && !back;
    fill(this.elsewhere, [
      ...others.map((each) => /** @type {Row} */ ([each.id, String(each.seq), () => element("li", {},
        `${each.doubt ? labels.doubt : labels.state.on_stage}: `, element("b", {}, each.name),
        button("Show it", () => this.open(each), "quiet"))])),
      ...(back ? [/** @type {Row} */ (["back", "", () => element("li", {},
        button("Close", () => this.leave(), "quiet"))])] : []),
    ]);
  }

  /** Stop looking at another category, and go back to what is on stage. */
  leave() {
    this.#opened = null;
    this.show();
    this.focus();
  }

  #tick() {
    const category = this.#shown?.category;
    const words = category ? barWords(category) : "Nothing is on stage";
    const label = part(this.bar, ".words");
    if (label.textContent !== words) label.textContent = words;
    this.bar.dataset.state = category?.doubt ? "doubt" : category?.state ?? "idle";
    this.#shown?.tick();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = /** @type {Element} */ (event.target);
    if (event.defaultPrevented || event.isComposing || target.closest("dialog")) return;
    if (target.closest(TEXT) && !this.place.contains(target)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && this.#shown instanceof StageChoice) {
      this.#shown.announce();
    } else if (event.key === "Escape") this.#escape();
  }

  #escape() {
    if (this.#shown?.inWork) this.#shown.clear();
    else if (this.#opened !== null) this.leave();
    else if (this.isOpen) this.unfold(false);
  }
}

/** A category in the words of the bar on a phone. @param {Category} category */
function barWords(category) {
  const won = winnersOf(category).map(({ name }) => name).join(" · ");
  if (category.doubt) return `In doubt: ${category.name}, ${won}`;
  return won ? `${category.name}: ${won}` : `${labels.state[category.state]}: ${category.name}`;
}

/**
 * The columns stick to the stage, and are scrolled inside. What is in them stays where it is when the stage grows or
 * shrinks; the rest of the page is kept by `steady` (dom.js).
 * @param {HTMLElement} place
 * @returns to be called before a change
 */
function columnsBelow(place) {
  const columns = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".board, .night"));
  const begins = (/** @type {HTMLElement} */ column) => column.getBoundingClientRect().top - column.scrollTop;
  /** @type {number[]} */
  let before = [];
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--stage", `${Math.round(place.offsetHeight)}px`);
    before.forEach((was, n) => { columns[n].scrollTop += begins(columns[n]) - was; });
    before = [];
  }).observe(place);
  return () => { before = place.hidden ? [] : [...columns].map(begins); }; // nobody has seen them without the stage
}
