// The composer: writes a new update, or edits one. What was typed is never lost: it stays, it is set aside in sight, or
// it is in the outbox; and all of it outlives the page.

import { asides } from "./asides.js";
import { bylines } from "./bylines.js";
import { Composition } from "./composition.js";
import { ConflictResolution } from "./conflict_resolution.js";
import { element, part, say } from "./dom.js";
import { saying } from "./markdown_edits.js";
import { NameMenu } from "./name_menu.js";
import { Pictures } from "./pictures.js";
import { askPlan, inWords, planned, planOf } from "./plan.js";
import { preview } from "./preview.js";
import { Sending } from "./sending.js";
import { toolbar } from "./toolbar.js";

/**
 * @import { Category, Edited, Nominee, PassingButton, Post, Tell, Workspace, Written } from "./desk.d.ts"
 * @import { KeptTexts } from "./kept_texts.js"
 */

/**
 * @typedef {object} Options
 * @property {HTMLFormElement} form
 * @property {HTMLElement} title the form's heading
 * @property {HTMLElement} section the preview's
 * @property {HTMLElement} list the menu of names
 * @property {HTMLElement} aside where texts are set aside
 * @property {Tell} tell
 * @property {() => void} turned called when something else is edited
 * @property {(post: Post) => void} published called with a post that readers have now
 * @property {(post: Post) => PassingButton} undo how it is taken back
 */

export class Composer {
  #busy = false;
  /** What was asked for while a text was on its way. @type {(() => void) | null} */
  #next = null;

  /** @param {Workspace} workspace @param {Options} options */
  constructor(workspace, options) {
    const { form, tell } = options;
    /** @param {string} selector */
    const of = (selector) => part(form, selector);
    this.workspace = workspace;
    this.form = form;
    this.title = options.title;
    this.tell = tell;
    this.turned = options.turned;
    this.parts = {
      problem: of("#composer-problem"), submit: of("[type=submit]"), save: of("#save-draft"),
      schedule: of("#plan-button"), plan: of("#plan"), cancel: of("#cancel"), note: of("#note"),
      correction: of(".correction"),
    };
    const touched = () => this.#touched();
    this.pictures = new Pictures(of("#pictures"), { upload: workspace.api.upload, changed: touched });
    this.composition = new Composition(form, {
      pictures: this.pictures,
      changed: () => this.preview.changed(),
      turned: () => this.#turned(),
      unkept: () => tell("This browser keeps nothing: do not close the page before this is published."),
    });
    this.preview = this.#preview(options.section);
    this.bylines = bylines(workspace.me.name);
    this.asides = asides(options.aside, { texts: () => this.composition.kept, use: (edited) => this.#use(edited) });
    this.conflicts = new ConflictResolution({
      workspace, composition: this.composition, use: (edited) => this.#use(edited), setAside: this.asides.setAside,
      problem: (words) => say(this.parts.problem, words),
    });
    this.sending = new Sending({
      workspace, composition: this.composition, tell, conflicts: this.conflicts, signed: this.bylines.remember,
      published: options.published, undo: options.undo,
    });
    this.#helpWriting(options.list);
    this.#listen();
    this.composition.fields.byline.value = this.bylines.last;
  }

  // -- what others ask of it

  /** Take a post or draft into the composer. @param {Written} object */
  edit(object) {
    this.#begin({ text: object, target: { kind: object.kind, id: object.id, base: object } });
  }

  /**
   * Begin the text for an outcome.
   * @param {Category} category
   * @param {Nominee} nominee
   */
  prepare(category, nominee) {
    const text = { category: category.id, byline: this.composition.fields.byline.value, key: true };
    this.#begin({ text, plan: { ...planOf(null), outcome: { category: category.id, nominee: nominee.id } } });
  }

  /** Begin an update about a result, with what its winners say. @param {Category} category */
  writeMore(category) {
    const winners = category.nominees.filter(({ id }) => category.winners.includes(id)).map(({ name }) => name);
    const { put: body, select } = saying("", 0, 0, winners.join(", "));
    this.workspace.turnTo("write");
    this.#begin({ text: { category: category.id, body, byline: this.composition.fields.byline.value } });
    this.composition.fields.body.setSelectionRange(...select);
  }

  /** Take the text of an act that was taken out of the outbox. @param {{edit: Edited}} act */
  take({ edit }) {
    this.workspace.turnTo("write");
    this.#use(edit);
  }

  /**
   * Put back what this tab held before it was reloaded or crashed, and show what other tabs left behind.
   * @param {KeptTexts} found
   * @param {(tab: string) => boolean} open whether a tab is open
   */
  restore(found, open) {
    const { composition } = this;
    composition.kept = found;
    for (const { name, text } of found.aside(open)) this.asides.show(name, text);
    const own = found.kept();
    if (!own) return composition.keep();
    if (composition.unsaved()) return this.asides.show(found.setAside({ title: "Unfinished update", ...own }), own);
    composition.turnTo(own.target ?? null, own.plan);
    composition.fill(own.text);
    return this.tell("Restored as you left it.");
  }

  /** Show the present state. */
  show() {
    this.#showCategories();
    this.#showHead();
  }

  /** What is being edited, `post:…` or `draft:…`; null for a new text. */
  ref() {
    return this.composition.ref;
  }

  // -- turning to another text

  /** @param {Edited} edited */
  #begin(edited) {
    if (this.#busy) {
      this.#next = () => this.#begin(edited);
      return;
    }
    this.workspace.turnTo("write");
    this.#use(edited);
  }

  /** Take a text into the composer; what was begun there is set aside. @param {Edited} edited */
  #use({ text, target, plan }) {
    const { composition } = this;
    this.#leave();
    composition.turnTo(target ?? null, plan);
    composition.fill(text);
    composition.keep();
    this.form.scrollIntoView({ block: "nearest" });
    composition.fields.body.focus();
  }

  #leave() {
    const { composition, composition: { target, plan } } = this;
    if (!composition.unsaved()) return;
    const title = target ? "Changes not saved" : "Unfinished update";
    this.asides.setAside(title, { text: composition.written(), target, plan });
  }

  /** Somebody writes: what is told speaks of the text before. */
  #touched() {
    this.tell.over();
    this.composition.touch();
  }

  #turned() {
    say(this.parts.problem, "");
    this.tell.over();
    this.#showHead();
    this.turned();
  }

  // -- what surrounds the text

  #showHead() {
    const { composition: { target, onPost, plan }, parts, workspace: { me, timelines } } = this;
    const { blog, categories } = timelines.public;
    const goes = planned(plan) && blog ? inWords(plan, { categories, zone: blog.timezone }) : "";
    this.title.textContent = this.#titleText();
    parts.plan.hidden = !goes;
    part(parts.plan, "span").textContent = `Goes out ${goes}.`;
    parts.submit.textContent = this.#submitText();
    parts.schedule.hidden = onPost || !me.editor;
    parts.save.hidden = onPost || (planned(plan) && me.editor);
    parts.correction.hidden = !onPost;
    parts.cancel.hidden = !target;
    parts.cancel.textContent = onPost ? "Stop editing" : "Close the draft";
    const kind = this.composition.fields.type.closest("label");
    if (kind) kind.hidden = onPost;
    const note = target?.base.kind === "draft" && target.base.note;
    parts.note.textContent = note ? `Returned: ${note}` : "";
    parts.note.hidden = !note;
  }

  #titleText() {
    const { target, onPost, plan } = this.composition;
    if (onPost) return "Edit the update";
    if (plan.outcome) return "Text for a winner";
    return target ? "Draft" : "New update";
  }

  /** What goes out by itself is saved, not published: the gold button never jumps the plan. */
  #submitText() {
    const { onPost, plan } = this.composition;
    if (onPost) return "Save";
    if (!this.workspace.me.editor) return "Submit";
    return planned(plan) ? "Save" : "Publish";
  }

  #showCategories() {
    const { fields: { category: field }, target, base } = this.composition;
    const { categories } = this.workspace.timelines.public;
    /** @param {Category} category */
    const words = ({ name, state }) => (state === "on_stage" ? `${name} (on stage)` : name);
    const offered = JSON.stringify(categories.map((one) => [one.id, words(one)]));
    if (field.dataset.offered === offered) return;
    const chosen = field.value;
    const options = categories.map((one) => element("option", { value: one.id }, words(one)));
    field.replaceChildren(element("option", { value: "" }, "none"), ...options);
    field.value = chosen;
    field.dataset.offered = offered;
    if (target && chosen !== (base.category ?? "")) field.value = base.category ?? "";
  }

  // -- sending

  /**
   * Do what a button or key asks for, one at a time; what goes wrong is told beside the buttons.
   * @param {string} words meanwhile
   * @param {() => Promise<unknown>} act
   */
  async #work(words, act) {
    if (this.#busy || !this.form.reportValidity()) return;
    const { problem, submit, save } = this.parts;
    if (this.pictures.busy()) {
      say(problem, "A picture is still on its way.");
      return;
    }
    this.#busy = true;
    for (const one of [submit, save]) one.setAttribute("aria-disabled", "true");
    say(problem, "");
    this.tell(words);
    try {
      await act();
    } catch (error) {
      this.tell("");
      say(problem, error.message);
    } finally {
      this.#busy = false;
      for (const one of [submit, save]) one.removeAttribute("aria-disabled");
      const asked = this.#next;
      this.#next = null;
      asked?.();
    }
  }

  #send() {
    const main = this.sending.main();
    if (main) this.#work(main.words, main.act);
  }

  #saveDraft() {
    this.#work("Saving…", () => this.sending.saveDraft());
  }

  #schedule() {
    const { composition, workspace: { timelines: { public: { blog, categories } } } } = this;
    askPlan(composition.plan, {
      categories, zone: blog.timezone,
      save: async (chosen) => {
        composition.plan = chosen;
        this.#showHead();
        composition.keep();
      },
    });
  }

  // -- what helps writing

  /** @param {HTMLElement} section */
  #preview(section) {
    const { workspace: { api }, composition } = this;
    return preview({
      section, toggle: part(this.form, "#preview-button"),
      sample: () => ({ ...composition.written(), type: composition.base.type ?? composition.fields.type.value }),
      render: (sample) => api.preview(sample),
    });
  }

  /** @param {HTMLElement} list */
  #helpWriting(list) {
    const { body, category } = this.composition.fields;
    toolbar(part(this.form, "[role=toolbar]"), body);
    this.names = new NameMenu({
      field: body, list, open: part(this.form, "[data-tool=names]"), chosen: () => category.value,
      categories: () => this.workspace.timelines.public.categories,
    });
  }

  #listen() {
    const { form, composition, parts } = this;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#send(); });
    form.addEventListener("keydown", (event) => this.#key(event));
    form.addEventListener("input", () => this.#touched());
    parts.save.addEventListener("click", () => this.#saveDraft());
    parts.schedule.addEventListener("click", () => this.#schedule());
    parts.cancel.addEventListener("click", () => {
      this.#leave();
      composition.clear();
      composition.fields.body.focus();
    });
    addEventListener("pagehide", () => composition.keep());
    document.addEventListener("visibilitychange", () => { if (document.hidden) composition.keep(); });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!(event.ctrlKey || event.metaKey) || event.repeat) return;
    const saves = event.key.toLowerCase() === "s" && !event.shiftKey;
    if (event.key !== "Enter" && !saves) return;
    event.preventDefault();
    if (saves && !this.composition.onPost) this.#saveDraft();
    else this.#send();
  }
}
