// The composer: writes a new update, or edits one. What was typed is never lost: it stays, it is set aside in sight, or
// it is in the outbox; and all of it outlives the page.

import { asides } from "./asides.js";
import { bylines } from "./bylines.js";
import { offerCategories, showHead } from "./composer_head.js";
import { ComposerWork } from "./composer_work.js";
import { Composition } from "./composition.js";
import { sameEdit } from "./conflict.js";
import { ConflictResolution } from "./conflict_resolution.js";
import { part, say } from "./dom.js";
import { missing, saying } from "./markdown_edits.js";
import { NameMenu } from "./name_menu.js";
import { Pasting } from "./pasting.js";
import { deletePicture } from "./picture_deletion.js";
import { Pictures } from "./pictures.js";
import { askPlan, planOf } from "./plan.js";
import { preview } from "./preview.js";
import { Sending } from "./sending.js";
import { singleKeys } from "./shortcuts.js";
import { winnersOf } from "./state.js";
import { isEmpty } from "./text.js";
import { titles } from "./titles.js";
import { toolbar } from "./toolbar.js";
import { writingOn } from "./writing_on.js";

/**
 * @import { Category, Edited, Nominee, PassingButton, Post, Tell, Workspace, Written } from "./desk.d.ts"
 * @import { KeptTexts } from "./kept_texts.js"
 */

const NOTHING = "Write a text or a headline, or add a picture.";

/**
 * @typedef {object} Options
 * @property {HTMLFormElement} form
 * @property {HTMLElement} title the form's heading
 * @property {HTMLElement} section the preview's
 * @property {HTMLElement} list the menu of names
 * @property {HTMLElement} aside where texts are set aside
 * @property {Tell} tell
 * @property {() => void} turned called when something else is edited
 * @property {() => void} unkept called when this browser keeps nothing
 * @property {(post: Post) => void} published called with a post that readers have now
 * @property {(post: Post) => PassingButton} undo how it is taken back
 */

export class Composer {
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
    this.pictures = new Pictures(of("#pictures"), {
      upload: workspace.api.upload, changed: touched,
      destroy: ({ name, by }) => (name && (workspace.me.editor || by === workspace.me.name)
        ? (gone) => deletePicture(workspace.api, name, { tell, gone }) : null),
    });
    this.composition = new Composition(form, {
      pictures: this.pictures,
      changed: () => this.preview.changed(),
      turned: () => this.#turned(),
      unkept: options.unkept,
    });
    this.preview = this.#preview(options.section);
    this.bylines = bylines(workspace.me.name);
    this.asides = asides(options.aside, {
      texts: () => this.composition.kept, use: (edited) => this.#use(edited),
      zone: () => workspace.timelines.public.zone,
    });
    this.conflicts = new ConflictResolution({
      workspace, composition: this.composition, use: (edited) => this.#use(edited), setAside: this.asides.setAside,
      problem: (words) => say(this.parts.problem, words),
    });
    this.work = new ComposerWork({
      buttons: [this.parts.submit, this.parts.save], problem: (words) => say(this.parts.problem, words),
    });
    this.sending = new Sending({
      workspace, composition: this.composition, tell, conflicts: this.conflicts, signed: this.bylines.remember,
      published: options.published, undo: options.undo,
    });
    const takesBack = (/** @type {string} */ key) => key === "u" && tell.offers() && singleKeys();
    this.writeOn = writingOn(this.title, this.composition.fields.body, takesBack);
    this.#helpWriting(options.list);
    this.pasting = new Pasting(this.composition.fields.body, { convert: workspace.api.paste, tell });
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
    const winners = winnersOf(category).map(({ name }) => name);
    const { put: body, select } = saying("", 0, 0, winners.join(", "));
    this.workspace.turnTo("write");
    this.#begin({ text: { category: category.id, body, byline: this.composition.fields.byline.value } });
    this.composition.fields.body.setSelectionRange(...select);
  }

  /** Begin a new update: whatever else is open is left. What is begun of a new one stays. */
  beginNew() {
    if (this.work.comesLater(() => this.beginNew())) return;
    this.workspace.turnTo("write");
    if (this.composition.opened) this.#close();
    this.composition.fields.body.focus();
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
   * @param {Edited[]} sent texts that are in the outbox: they would go out twice
   */
  restore(found, open, sent) {
    const { composition } = this;
    composition.kept = found;
    for (const { name, text } of found.aside(open)) this.asides.show(name, text);
    const own = found.kept();
    if (!own || sent.some((one) => sameEdit(one, own))) return composition.keep();
    if (composition.unsaved()) return this.asides.show(found.setAside({ title: "Unfinished update", ...own }), own);
    composition.turnTo(own.target ?? null, own.plan);
    composition.fill(own.text, own.onTheWay);
    return this.tell("Restored as you left it.");
  }

  /** Show the present state. */
  show() {
    offerCategories(this.composition, this.workspace.timelines.public.categories);
    this.#showHead();
  }

  /** What is being edited, `post:…` or `draft:…`; null for a new text. */
  ref() {
    return this.composition.ref;
  }

  // -- turning to another text

  /** @param {Edited} edited */
  #begin(edited) {
    if (this.work.comesLater(() => this.#begin(edited))) return;
    this.workspace.turnTo("write");
    this.#use(edited);
  }

  /** Take a text into the composer; what was begun there is set aside. @param {Edited} edited */
  #use({ text, target, plan, onTheWay }) {
    const { composition } = this;
    this.#leave();
    composition.turnTo(target ?? null, plan);
    composition.fill(text, onTheWay);
    composition.keep();
    this.form.scrollIntoView({ block: "nearest" });
    composition.fields.body.focus();
  }

  #leave() {
    const { composition } = this;
    if (!composition.unsaved()) return;
    this.asides.setAside(composition.target ? "Changes not saved" : "Unfinished update", composition.edited());
  }

  /** Somebody writes: what is told speaks of the text before. */
  #touched() {
    this.tell.over();
    if (this.composition.fields.body.ariaInvalid === "true") this.#inText("");
    this.composition.touch();
  }

  /** Leave what is open for a new update. */
  #close() {
    this.#leave();
    this.composition.clear();
  }

  #turned() {
    this.#inText("");
    this.tell.over();
    this.#showHead();
    this.turned();
  }

  #showHead() {
    showHead({ ...this.parts, title: this.title }, this.composition, this.workspace);
  }

  // -- sending

  /**
   * Do what a button or key asks for, if the form is complete.
   * @param {HTMLElement} pressed
   * @param {string} words meanwhile
   * @param {() => Promise<unknown>} act
   * @param {{goesOut?: boolean}} how `goesOut`: to readers, or to somebody who brings it there
   */
  async #work(pressed, words, act, { goesOut = true } = {}) {
    if (this.pasting.busy) {
      await this.pasting.settled();
      await this.#work(pressed, words, act, { goesOut });
      return;
    }
    if (this.work.busy || !this.form.reportValidity() || this.#lacks(goesOut)) return;
    this.tell.over();
    await this.work.do(pressed, words, act);
  }

  /** @param {{byKey?: boolean}} how */
  async #send({ byKey = false } = {}) {
    const main = this.sending.main();
    if (!main) return;
    await this.#work(this.parts.submit, main.words, main.act);
    const { activeElement } = document;
    if (byKey && !this.composition.opened && !this.composition.unsaved() && this.form.contains(activeElement)) {
      this.writeOn();
    }
  }

  /** Whether something is missing; it is said, and selected where it is in the text. @param {boolean} goesOut */
  #lacks(goesOut) {
    const { composition, pictures, parts } = this;
    if (pictures.busy()) {
      say(parts.problem, "A picture is still on its way. Wait for it, or remove it.");
      return true;
    }
    const text = composition.written();
    const found = isEmpty(text) ? { words: NOTHING, select: undefined } : goesOut && missing(text.body ?? "");
    this.#inText(found ? found.words : "");
    if (!found) return false;
    composition.fields.body.focus();
    if (found.select) composition.fields.body.setSelectionRange(...found.select);
    return true;
  }

  /** Say what is missing in the text field. @param {string} words empty for nothing */
  #inText(words) {
    const { body } = this.composition.fields;
    body.setAttribute("aria-invalid", String(words !== ""));
    say(this.parts.problem, words);
  }

  #saveDraft() {
    this.#work(this.parts.save, "Saving…", () => this.sending.saveDraft(), { goesOut: false });
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
      section, toggle: part(this.form, "#preview-button"), line: part(this.form, "#advice"),
      sample: () => ({ ...composition.written(), type: composition.base.type ?? composition.fields.type.value }),
      untitled: titles(this.form.querySelector("#title-button"), composition.fields.body,
        { fetch: api.title, tell: this.tell }),
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
    parts.cancel.addEventListener("click", () => { this.#close(); composition.fields.body.focus(); });
    addEventListener("pagehide", () => composition.keep());
    document.addEventListener("visibilitychange", () => { if (document.hidden) composition.keep(); });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape") this.#escape(event);
    if (!(event.ctrlKey || event.metaKey) || event.repeat) return;
    const saves = event.key.toLowerCase() === "s" && !event.shiftKey;
    if (event.key !== "Enter" && !saves) return;
    event.preventDefault();
    if (saves && !this.composition.onPost) this.#saveDraft();
    else this.#send({ byKey: true });
  }

  /**
   * Out of the fields, where single keys act. A text for a winner is left as well; one that is being written, by the
   * next Escape.
   * @param {KeyboardEvent} event
   */
  #escape(event) {
    if (event.isComposing || event.defaultPrevented || this.work.busy) return;
    const { composition, title } = this;
    if (composition.plan.outcome && (document.activeElement === title || !composition.unsaved())) this.#close();
    title.focus({ preventScroll: true });
  }
}
