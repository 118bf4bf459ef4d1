// What becomes of the composer's text: published, saved as a draft, submitted, or put in place of a post's text.

import { publish, publishDraft, replace, saveDraft, submitDraft } from "./asked.js";
import { LATE } from "./outbox.js";
import { planned, planOf } from "./plan.js";

/**
 * @import { Composition } from "./composition.js"
 * @import { Change, ConflictResolution } from "./conflict_resolution.js"
 * @import { Draft, Kept, PassingButton, Post, Problem, Target, Tell, Workspace } from "./desk.d.ts"
 */

/**
 * Whether the server refused because a newer version is there.
 * @param {{problem?: Problem}} error
 */
export const isStale = (error) => error.problem?.code === "stale";

export class Sending {
  /**
   * @param {object} options
   * @param {Pick<Workspace, "act" | "me">} options.workspace
   * @param {Composition} options.composition
   * @param {Tell} options.tell
   * @param {ConflictResolution} options.conflicts
   * @param {(byline: string) => void} options.signed called with the byline of a text that went
   * @param {(post: Post) => void} options.published called with a post that readers have now
   * @param {(post: Post) => PassingButton} options.undo how it is taken back
   */
  constructor({ workspace, composition, tell, conflicts, signed, published, undo }) {
    this.act = workspace.act;
    this.me = workspace.me;
    this.composition = composition;
    this.tell = tell;
    this.conflicts = conflicts;
    this.signed = signed;
    this.published = published;
    this.undo = undo;
  }

  /** What the main button does: its words meanwhile, and the act; undefined where it may do nothing. */
  main() {
    const { me, composition: { target, onPost, plan } } = this;
    if (onPost) return me.editor ? { words: "Saving…", act: () => this.save() } : undefined;
    if (!me.editor) return { words: "Submitting…", act: () => this.submit() };
    if (planned(plan)) return { words: "Saving…", act: () => this.saveDraft(true) };
    return { words: "Publishing…", act: () => (target ? this.publishDraft() : this.publish()) };
  }

  async publish() {
    const began = performance.now();
    const stamp = this.composition.stamp();
    this.tell.withdraw(); // U is about the newest update
    this.#published(await this.act(publish(this.composition.written())), stamp, began);
  }

  /**
   * Save as a draft; `leaveIt` empties the composer afterwards.
   * @returns {Promise<(Draft & {kept?: undefined}) | Kept | undefined>} the draft, or that it waits; nothing
   *   when it was not saved
   */
  async saveDraft(leaveIt = false) {
    const { composition } = this;
    const { target, plan } = composition;
    const [stamp, text] = [composition.stamp(), composition.written()];
    const edited = { text, target, plan };
    const set = target ? plan : Object.fromEntries(Object.entries(plan).filter(([, value]) => value));
    let answer;
    try {
      answer = await this.act(saveDraft(edited, { ...text, ...(composition.planChanged() && set) }));
    } catch (error) {
      if (!isStale(error)) throw error;
      // only a draft that the server has can be stale
      const change = /** @type {Change} */ (edited);
      this.tell(await this.conflicts.resolve(change, error.problem.current));
      return undefined;
    }
    if (answer.kept) {
      this.#waits(answer, stamp, "the draft is saved");
      return answer;
    }
    // with something typed meanwhile, it is this draft that goes on
    if (leaveIt && composition.stamp() === stamp) {
      this.#done(stamp, "Saved.");
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
    const { composition } = this;
    const stamp = composition.stamp();
    this.tell.withdraw();
    const asked = publishDraft(draft, { text: composition.written(), target: composition.target });
    this.#published(await this.act(asked), stamp, began);
  }

  async submit() {
    const draft = await this.#savedDraft();
    if (!draft) return;
    const stamp = this.composition.stamp();
    const answer = await this.act(submitDraft(draft));
    if (answer.kept) this.#waits(answer, stamp, "it is submitted");
    else this.#done(stamp, "Submitted. An editor publishes it.");
  }

  /** Put the text in place of the post's. */
  async save() {
    const { composition } = this;
    const target = /** @type {Target} */ (composition.target);
    const note = composition.fields.correction.value.trim();
    const [text, stamp] = [composition.written(), composition.stamp()];
    const edited = { text: note ? { ...text, correction: note } : text, target };
    try {
      const answer = await this.act(replace(edited, target.base));
      if (answer.kept) this.#waits(answer, stamp, "it is saved");
      else this.#done(stamp, "Saved.");
    } catch (error) {
      if (!isStale(error)) throw error;
      this.tell(await this.conflicts.resolve(edited, error.problem.current, note));
    }
  }

  /** The draft as the server has it, saved before if something was typed; nothing when that failed, or has to wait. */
  async #savedDraft() {
    const { target } = this.composition;
    if (target && !this.composition.unsaved()) return /** @type {Draft} */ (target.base);
    const draft = await this.saveDraft();
    return draft?.kept ? undefined : draft;
  }

  /** @param {(Post & {kept?: undefined}) | Kept} answer @param {string} stamp @param {number} began ms */
  #published(answer, stamp, began) {
    const took = () => Math.round(performance.now() - began);
    if (!answer.kept) {
      this.#done(stamp, `Published in ${took()} ms.`, this.undo(answer));
      this.published(answer);
      return;
    }
    const waits = this.#waits(answer, stamp, "it goes out");
    waits.then((post) => { // a slow answer: the outbox tells of those that went late
      if (post && took() < LATE) this.tell(`Published in ${took()} ms.`, this.undo(post));
    });
  }

  /**
   * The text is in the outbox, which tells what becomes of it. The line that says so goes with the waiting.
   * @param {Kept} answer
   * @param {string} stamp
   * @param {string} what
   * @returns {Promise<any>} the API's answer, if the line still stood when it came
   */
  #waits({ until, settled }, stamp, what) {
    const line = this.#done(stamp, `In the outbox: ${what} ${until}.`);
    return settled.catch(() => null).then((answer) => (this.tell.over(line) ? answer : null));
  }

  /**
   * The text has gone on its way: make room for the next one, unless somebody typed on.
   * @param {string} stamp what was typed when it went
   * @param {string} words
   * @param {PassingButton} [more]
   */
  #done(stamp, words, more) {
    const { composition } = this;
    this.signed(composition.fields.byline.value.trim());
    if (composition.stamp() !== stamp) return this.tell(`${words} What you typed since is still here.`, more);
    composition.clear();
    return this.tell(words, more);
  }
}
