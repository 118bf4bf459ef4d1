// What becomes of the composer's text: published, saved as a draft, submitted, or put in place of a post's text.

import { planned, planOf } from "./plan.js";
import { titleOf } from "./versions.js";

/**
 * @typedef {import("./desk.d.ts").Text} Text
 * @typedef {import("./desk.d.ts").Draft} Draft
 * @typedef {{text: Text & {correction?: string}, target: any, plan?: import("./desk.d.ts").Plan}} Edited
 */

/** Whether the server refused because a newer version is there. */
export const isStale = (error) => error.problem?.code === "stale";

export class Sending {
  /**
   * @param {object} options
   * @param {import("./desk.d.ts").Desk} options.desk
   * @param {import("./composition.js").Composition} options.composition
   * @param {import("./desk.d.ts").Tell} options.tell
   * @param {(edited: Edited, theirs: any, note?: string) => Promise<string>} options.settle
   * @param {(byline: string) => void} options.signed called with the byline of a text that went
   * @param {(post: any) => void} options.published called with a post that readers have now
   * @param {(post: any) => {label: string, act: () => void, ms: number}} options.undo how it is taken back
   */
  constructor({ desk, composition, tell, settle, signed, published, undo }) {
    this.desk = desk;
    this.composition = composition;
    this.tell = tell;
    this.settle = settle;
    this.signed = signed;
    this.published = published;
    this.undo = undo;
  }

  /** What the main button does: its words meanwhile, and the act; undefined where it may do nothing. */
  main() {
    const { desk, composition: { target, onPost, plan } } = this;
    if (onPost) return desk.editor ? { words: "Saving…", act: () => this.save() } : undefined;
    if (!desk.editor) return { words: "Submitting…", act: () => this.submit() };
    if (planned(plan)) return { words: "Saving…", act: () => this.saveDraft(true) };
    return { words: "Publishing…", act: () => (target ? this.publishDraft() : this.publish()) };
  }

  async publish() {
    const began = performance.now();
    const [body, text] = [this.composition.written(), this.composition.stamp()];
    const answer = await this.desk.act({ kind: "publish", method: "POST", path: "/posts", body,
      words: `Publish “${titleOf(body)}”`, edit: { text: body, target: null } });
    this.#published(answer, text, began);
  }

  /**
   * Save as a draft; `leaveIt` empties the composer afterwards. Answers with the draft, or {kept}, or nothing when it
   * was not saved.
   */
  async saveDraft(leaveIt = false) {
    const { composition } = this;
    const { target, plan } = composition;
    const [text, typed] = [composition.stamp(), composition.written()];
    const set = target ? plan : Object.fromEntries(Object.entries(plan).filter(([, value]) => value));
    const body = { ...typed, ...(composition.planChanged() && set) };
    const edited = { text: typed, target, plan };
    const act = target ? { method: "PATCH", ...at(target.base) } : { method: "POST", path: "/drafts" };
    let answer;
    try {
      answer = await this.desk.act({ kind: "draft", body, words: `Save the draft “${titleOf(typed)}”`, edit: edited,
        ...act });
    } catch (error) {
      if (!isStale(error)) throw error;
      this.tell(await this.settle(edited, error.problem.current));
      return undefined;
    }
    if (answer.kept || (leaveIt && composition.stamp() === text)) { // typed on meanwhile: it is this draft that goes on
      this.#done(text, answer.kept ? "In the outbox: the draft is saved when the line is back." : "Saved.");
      return answer;
    }
    composition.target = { kind: "draft", id: answer.id, base: answer };
    composition.plan = planOf(answer);
    composition.turned();
    composition.keep();
    this.tell("Draft saved.");
    return answer;
  }

  async publishDraft() {
    const began = performance.now();
    const draft = await this.#savedDraft();
    if (!draft) return;
    const text = this.composition.stamp();
    const answer = await this.desk.act({ kind: "publish-draft", method: "POST", body: {}, ...at(draft, "/publish"),
      words: `Publish “${titleOf(draft)}”`,
      edit: { text: this.composition.written(), target: this.composition.target } });
    this.#published(answer, text, began);
  }

  async submit() {
    const draft = await this.#savedDraft();
    if (!draft) return;
    const text = this.composition.stamp();
    const answer = await this.desk.act({ kind: "draft", method: "POST", body: {}, ...at(draft, "/submit"),
      words: `Submit “${titleOf(draft)}”` });
    this.#done(text, answer.kept ? "In the outbox: it is submitted when the line is back."
      : "Submitted. An editor publishes it.");
  }

  /** Put the text in place of the post's. */
  async save() {
    const { composition } = this;
    const target = /** @type {import("./desk.d.ts").Target} */ (composition.target);
    const note = composition.fields.correction.value.trim();
    const [typed, text] = [composition.written(), composition.stamp()];
    const edited = { text: { ...typed, correction: note }, target };
    try {
      const answer = await this.desk.act({ kind: "edit", method: "PATCH", ...at(target.base),
        body: note ? edited.text : typed, words: `Edit “${titleOf(typed)}”`, edit: edited });
      this.#done(text, answer.kept ? "In the outbox: it is saved when the line is back." : "Saved.");
    } catch (error) {
      if (!isStale(error)) throw error;
      this.tell(await this.settle(edited, error.problem.current, note));
    }
  }

  /** The draft as the server has it, saved before if something was typed; nothing when that failed, or has to wait. */
  async #savedDraft() {
    const { target } = this.composition;
    if (target && !this.composition.unsaved()) return /** @type {Draft} */ (target.base);
    const draft = await this.saveDraft();
    return draft && !draft.kept ? draft : undefined;
  }

  #published(answer, text, began) {
    if (answer.kept) return this.#done(text, "In the outbox: it goes out when the line is back.");
    this.#done(text, `Published in ${Math.round(performance.now() - began)} ms.`, this.undo(answer));
    return this.published(answer);
  }

  /** The text has gone on its way: make room for the next one, unless somebody typed on. */
  #done(text, words, more) {
    const { composition } = this;
    this.signed(composition.fields.byline.value.trim());
    if (composition.stamp() !== text) return this.tell(`${words} What you typed since is still here.`, more);
    composition.clear();
    return this.tell(words, more);
  }
}

/** Where an act on an object goes, and the version that it is meant for. */
const at = ({ kind, id, seq }, tail = "") => ({ path: `/${kind}s/${id}${tail}`, match: seq, subject: `${kind}:${id}` });
