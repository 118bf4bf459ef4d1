// What is not published: handed in, scheduled, prepared for an outcome, being written. What others changed meanwhile is
// new.

import { keep, recall } from "../reader/memory.js";
import { button, element, fill } from "./dom.js";
import { approvedRow, draftRow } from "./draft_row.js";
import { SeenDrafts } from "./seen_drafts.js";
import { named, readiness, sorted } from "./state.js";
import { clock } from "./times.js";

/** @import { Category, Draft, Nominee, Row, Workspace } from "./desk.d.ts" */

/**
 * @typedef {keyof ReturnType<typeof sorted>} PileName
 * @typedef {{box: HTMLElement, list: HTMLElement, count: HTMLElement}} Pile
 */

/** @type {Record<PileName | "approved", string>} */
const PILES = { submitted: "For approval", scheduled: "Scheduled", prepared: "Prepared", working: "Drafts",
  away: "Put away", approved: "Published for you" };
const NAMES = /** @type {PileName[]} */ (Object.keys(PILES).filter((name) => name !== "approved"));
const APPROVED = 5; // how many of one's own that others published are shown

export class Drafts {
  /** @type {Map<PileName, Pile>} */
  #piles = new Map();
  #prepared = element("div", {}); // the categories that are still open, with the texts for their nominees
  #offered = ""; // what that shows
  #approved; // one's own that others published
  #seen;

  /**
   * @param {Workspace} workspace
   * @param {{place: HTMLElement, badges: HTMLElement[], allRead: HTMLElement}} places
   * @param {{open: (draft: Draft) => void, prepare: (category: Category, nominee: Nominee) => void}} composer `open`
   *   takes a draft into it, `prepare` begins a text for an outcome
   */
  constructor(workspace, { place, badges, allRead }, { open, prepare }) {
    this.workspace = workspace;
    this.badges = badges;
    this.allRead = allRead;
    this.open = open;
    this.prepare = prepare;
    const name = `seen:${workspace.slug}:${workspace.me.name}`;
    this.#seen = new SeenDrafts(workspace.me.name, { load: () => recall(name, {}), save: (seen) => keep(name, seen) });
    for (const each of NAMES) this.#piles.set(each, makePile(each, place));
    this.#pile("prepared").box.append(this.#prepared);
    this.#approved = makePile("approved", place);
    allRead.addEventListener("click", () => this.#look(this.#all));
    addEventListener("storage", (event) => {
      if (event.key !== `liveblog:${name}`) return;
      this.#seen.reload();
      this.show();
    });
  }

  /** Show the present state. */
  show() {
    const sets = sorted(this.#all);
    if (!this.workspace.me.editor) sets.prepared = []; // a contributor is not shown them
    for (const name of NAMES) if (name !== "prepared") this.#showPile(this.#pile(name), sets[name]);
    this.#showPrepared(sets.prepared);
    this.#showApproved();
    const news = NAMES.filter((name) => name !== "away").flatMap((name) => sets[name])
      .filter((draft) => this.#seen.isNew(draft)).length;
    for (const badge of this.badges) {
      badge.textContent = news ? String(news) : "";
      badge.hidden = !news;
    }
    this.allRead.hidden = !news;
  }

  /** What became of one's own texts: the last few that others published. */
  #showApproved() {
    const { me, timelines } = this.workspace;
    const approved = timelines.desk.approved(me.name).slice(0, APPROVED);
    this.#approved.box.hidden = !approved.length;
    fill(this.#approved.list, approved.map((draft) => {
      const { id, seq, published: { post, at } } = draft;
      const version = [seq, timelines.seqOf(`post:${post}`), clock(at, timelines.public.zone)].join(" ");
      return [`draft:${id}`, version, () => approvedRow(this.workspace, draft)];
    }));
  }

  /** Open the list of a category's texts, and bring it to sight. @param {string} id the category's */
  showTexts(id) {
    const texts = /** @type {HTMLDetailsElement | null} */ (
      this.#prepared.querySelector(`details[data-of="${CSS.escape(id)}"]`));
    if (texts) texts.open = true;
    texts?.scrollIntoView({ block: "center", behavior: "instant" });
    texts?.querySelector("summary")?.focus({ preventScroll: true });
  }

  get #all() {
    return this.workspace.timelines.desk.drafts;
  }

  /** @param {PileName} name */
  #pile(name) {
    return /** @type {Pile} */ (this.#piles.get(name));
  }

  /** These were looked at. @param {Draft[]} some */
  #look(some) {
    this.#seen.look(some, this.#all);
    this.show();
  }

  /** @param {Pile} pile @param {Draft[]} drafts */
  #showPile({ box, list, count }, drafts) {
    count.textContent = drafts.length ? String(drafts.length) : "";
    fill(list, drafts.map((draft) => this.#row(draft)));
    box.hidden = !drafts.length;
  }

  /** @param {Draft} draft @returns {Row} */
  #row(draft) {
    const ref = `draft:${draft.id}`;
    const isNew = this.#seen.isNew(draft);
    const editing = this.workspace.presence.editing(ref);
    const open = () => this.#open(draft);
    return [ref, `${draft.seq} ${isNew} ${editing}`, () => draftRow(this.workspace, draft, { isNew, editing, open })];
  }

  /** What lies open there stays open. @param {Draft[]} drafts */
  #showPrepared(drafts) {
    const { box, count } = this.#pile("prepared");
    const { categories } = this.workspace.timelines.public;
    count.textContent = drafts.length ? String(drafts.length) : "";
    const offered = JSON.stringify([categories.map(({ id, state, nominees }) => [id, state, nominees]),
      drafts.map((draft) => [draft.seq, this.#seen.isNew(draft)])]);
    if (offered !== this.#offered) {
      const details = /** @type {NodeListOf<HTMLElement>} */ (this.#prepared.querySelectorAll("details[open]"));
      const opened = new Set([...details].map((one) => one.dataset.of));
      this.#prepared.replaceChildren(...readiness(categories, this.#all).map((each) =>
        this.#readiness(each, opened.has(each.category.id))));
    }
    this.#offered = offered;
    box.hidden = !this.#prepared.children.length || !this.workspace.me.editor;
  }

  /** @param {ReturnType<typeof readiness>[number]} of @param {boolean} open */
  #readiness({ category, texts, ready }, open) {
    return element("details", { "data-of": category.id, open },
      element("summary", {}, category.name, " ",
        element("span", { class: "hint" }, `${ready}\u00a0of\u00a0${texts.length}`)),
      element("ul", { class: "texts" }, ...texts.map(({ nominee, text }) => element("li", {},
        button(named(nominee), () => (text ? this.#open(text) : this.prepare(category, nominee)), "quiet"), " ",
        text && this.#seen.isNew(text) && element("span", { class: "unread" }, "New "),
        element("span", { class: text ? "mark" : "hint" }, text ? "ready" : "no text")))));
  }

  /** @param {Draft} draft */
  #open(draft) {
    this.#look([draft]);
    this.open(draft);
  }
}

/** @param {PileName | "approved"} name @param {HTMLElement} place @returns {Pile} */
function makePile(name, place) {
  const list = element("ol", { class: "drafts" });
  const count = element("span", { class: "hint" });
  const box = element(name === "away" ? "details" : "section", {},
    element(name === "away" ? "summary" : "h3", {}, PILES[name], " ", count), list);
  place.append(box);
  return { box, list, count };
}
