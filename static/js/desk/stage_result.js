// A category whose winner was called: when, by whom, how many readers have it; to confirm it, to go on, and, apart from
// that, to doubt it or to recall it.

import { button, element, part, publicly } from "./dom.js";
import { labels } from "./labels.js";
import { Outgoing } from "./outgoing.js";
import { reachedInWords } from "./reached.js";
import { recallNote } from "./recall_note.js";
import { nextUp } from "./running_order.js";
import { lastCall, named, winners } from "./state.js";
import { clockToSeconds } from "./times.js";

/**
 * @import { Category, Nominee, Workspace } from "./desk.d.ts"
 * @import { Shared, StageChoice } from "./stage_choice.js"
 */

export class StageResult {
  /** @param {Workspace} workspace @param {Category} category @param {Shared} shared */
  constructor(workspace, category, { stage, reached, writeMore }) {
    this.workspace = workspace;
    this.category = category;
    this.stage = stage;
    this.reached = reached;
    this.writeMore = writeMore;
    this.outgoing = new Outgoing(workspace, category, "If you recall it, this goes out:");
    this.note = element("input", { name: "note", maxlength: 1000, autocomplete: "off", value: workspace.wrong });
    this.right = this.#choices();
    this.element = this.#make();
  }

  get inWork() { return this.#winners.length > 0 || this.note.value !== this.workspace.wrong; }

  /** Begin, or go on from an earlier version of the same category. @param {StageResult | StageChoice | null} before */
  resume(before) {
    if (!this.workspace.me.editor) return;
    if (before instanceof StageResult) this.#takeOver(before);
    else if (before) this.#leave(before.left);
    this.#showText();
  }

  /** @param {StageResult} before */
  #takeOver(before) {
    if (before.category.corrections.length < this.category.corrections.length) return; // recalled with it
    this.note.value = before.note.value;
    const right = before.#winners;
    for (const box of this.#boxes) box.checked = right.includes(box.value);
    part(this.element, "details").toggleAttribute("open", part(before.element, "details").hasAttribute("open"));
  }

  /** A colleague was faster. @param {Nominee[]} chosen here */
  #leave(chosen) {
    if (!chosen.length) return;
    part(this.element, ".since").after(element("p", { class: "correction-note" },
      `You had chosen ${chosen.map(named).join(" and ")}. It did not go out.`));
  }

  clear() {
    for (const box of this.#boxes) box.checked = false;
    this.note.value = this.workspace.wrong;
    this.#showText();
    this.stage.focus();
  }

  /** What comes next, and who called this, may have changed. */
  update() {
    const next = nextUp(this.workspace.timelines.public.categories);
    const place = part(this.element, ".then");
    const version = next ? `${next.id} ${next.seq}` : "";
    if (place.dataset.version !== version) {
      place.dataset.version = version;
      place.replaceChildren(...(next ? [this.stage.next(next)] : []));
    }
    this.tick();
  }

  tick() {
    const place = part(this.element, ".since");
    const words = this.#happened();
    if (place.textContent !== words) place.textContent = words;
  }

  /** `Announced 21:04:07 PST by Ana · 12,431 readers had it within 94 ms` */
  #happened() {
    const { category, workspace: { timelines } } = this;
    const call = lastCall(timelines, category);
    const at = call?.at ?? category.announced_at;
    const reached = this.reached.of(category.seq);
    const what = ACTS[call?.act ?? "announce"];
    return [`${what}${at ? ` ${clockToSeconds(at, timelines.public.zone)}` : ""}${call ? ` by ${call.by}` : ""}`,
      reached && reachedInWords(reached)]
      .filter(Boolean).join(" · ");
  }

  get #boxes() { return /** @type {HTMLInputElement[]} */ ([...this.right.querySelectorAll("input")]); }

  get #winners() { return this.#boxes.filter((box) => box.checked).map((box) => box.value); }

  #make() {
    const { category, workspace: { me, rowActs } } = this;
    const standing = category.doubt ? "doubt" : category.state;
    return element("div", { class: "called", "data-state": standing },
      element("header", {},
        element("h2", { tabindex: "-1" }, `${category.name}: ${winners(category).join(" and ")}`),
        element("p", { class: "standing" }, category.doubt ? labels.doubt : labels.state[category.state])),
      element("div", { class: "good" },
        element("p", { class: "since", role: "status" }),
        recallNote(this.workspace, category),
        category.doubt?.note && element("p", { class: "correction-note" }, category.doubt.note),
        me.editor && element("div", { class: "row" },
          (category.state === "announced" || category.doubt)
            && publicly("Confirm", () => this.stage.attempt(category, "confirm"), "main"),
          button("Write more", () => this.writeMore(category))),
        element("div", { class: "then" }),
        rowActs.problem(`category:${category.id}`)),
      me.editor && this.#wrong());
  }

  /** What to do about a wrong result: one press each. */
  #wrong() {
    const { category } = this;
    this.note.addEventListener("input", () => this.#showText());
    this.right.addEventListener("change", () => this.#showText());
    return element("div", { class: "wrong", role: "group", "aria-label": "If it is wrong" },
      element("div", { class: "row" },
        !category.doubt && publicly("In doubt", () => this.stage.attempt(category, "doubt"), "bad"),
        publicly("Recall", () => this.#recall(), "bad")),
      element("label", {}, "What was wrong? ", element("span", { class: "hint" }, "readers see this"), this.note),
      this.right,
      this.outgoing.place);
  }

  #choices() {
    const { category } = this;
    const box = (/** @type {Nominee} */ nominee) => element("label", { class: "check" },
      element("input", { type: "checkbox", name: "winners", value: nominee.id }), named(nominee));
    return element("details", {}, element("summary", {}, "Name the right winner"),
      element("fieldset", {}, element("legend", {}, "The right winner, if known"), ...category.nominees.map(box)));
  }

  #recall() {
    const right = this.#winners;
    const body = { note: this.note.value.trim() || this.workspace.wrong, ...(right.length && { winners: right }) };
    return this.stage.attempt(this.category, "recall", body);
  }

  #showText() {
    this.outgoing.show({ winners: this.#winners, note: this.note.value.trim() || this.workspace.wrong });
  }
}

/** @type {Record<string, string>} */
const ACTS = { announce: "Announced", confirm: "Confirmed", doubt: "In doubt since", recall: "Corrected" };
