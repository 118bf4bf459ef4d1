// Somebody was faster: both versions are shown, the editor decides, and the other one is set aside.

import { replace } from "./asked.js";
import { differing } from "./conflict.js";
import { isStale } from "./sending.js";
import { FIELDS, fieldsOf } from "./text.js";
import { clockToSeconds } from "./times.js";
import { decide } from "./versions.js";

/**
 * @import { Composition } from "./composition.js"
 * @import { Edited, Kept, Target, Text, Workspace, Written } from "./desk.d.ts"
 */

/**
 * @typedef {Edited & {target: Target}} Change an edit of a post or draft
 */

const GONE = "This draft was published or discarded while you were editing it. " +
  "Your text is still here: it would be a new one.";
const RETRACTED = "This update was retracted while you were editing it. " +
  "Your text is still here: it would be a new update.";
const WORDS = { mine: "Saved.", both: "Saved, with both changes.", theirs: "Theirs stays." };

/** @param {Kept} answer */
const waits = ({ until }) => `In the outbox: it is saved ${until}.`;

export class ConflictResolution {
  /**
   * @param {object} options
   * @param {Pick<Workspace, "act" | "api" | "me" | "timelines">} options.workspace
   * @param {Composition} options.composition
   * @param {(edited: Edited) => void} options.use takes a text into the composer
   * @param {(title: string, edited: Edited) => void} options.setAside
   * @param {(words: string) => void} options.problem shows what went wrong
   */
  constructor({ workspace: { act, api, me, timelines }, composition, use, setAside, problem }) {
    this.act = act;
    this.api = api;
    this.me = me;
    this.timelines = timelines;
    this.composition = composition;
    this.use = use;
    this.setAside = setAside;
    this.problem = problem;
  }

  /**
   * @param {Change} change
   * @param {Written} theirs the newest version
   * @param {string} [note] the correction for readers
   * @returns {Promise<string>} what to tell afterwards
   */
  async resolve(change, theirs, note) {
    const { text, target } = change;
    if (theirs.retracted || theirs.gone) return this.#orphaned(change, theirs);
    const mine = fieldsOf(text, FIELDS.filter((name) => name in text));
    // stamped again, by a pin for instance, or without a picture that was deleted here: no text is in the way
    const open = differing(mine, theirs);
    const inTheWay = !target.base || differing(target.base, theirs).some((name) => open.includes(name));
    if (inTheWay) return this.#decide(change, theirs, mine, note);
    let answer;
    try {
      answer = await this.#save(change, theirs, mine, note);
    } catch (error) {
      if (!isStale(error)) throw error;
      return this.resolve(change, error.problem.current, note);
    }
    if (this.#isHere(target)) this.composition.clear();
    return answer.kept ? waits(answer) : WORDS.mine;
  }

  /** Whether it is in the composer. @param {Target} target */
  #isHere(target) {
    return this.composition.target?.id === target.id;
  }

  /** What was edited is no more: the text would be a new one. @param {Change} change @param {Written} theirs */
  #orphaned({ text, target, plan }, theirs) {
    if (this.#isHere(target)) this.composition.turnTo(null, plan);
    else this.use({ text, plan });
    this.problem(theirs.gone ? GONE : RETRACTED);
    this.composition.keep();
    return "";
  }

  /**
   * Both versions are shown.
   * @param {Change} change
   * @param {Written} theirs
   * @param {Text} mine
   * @param {string} [note]
   */
  async #decide(change, theirs, mine, note) {
    const { target } = change;
    let saved = theirs;
    let words = "";
    const { categories, zone } = this.timelines.public;
    const { by, at } = await this.#whose(theirs);
    const choice = await decide({
      base: target.base, mine, theirs, by, at: at && clockToSeconds(at, zone), categories,
      save: async (chosen) => {
        const answer = await this.#save(change, theirs, chosen, note);
        if (answer.kept) words = waits(answer);
        else saved = answer;
      },
    });
    if (!choice) return "Not saved.";
    if (choice === "mine") {
      this.setAside("Their version, which yours replaced", { text: theirs, target: { ...target, base: saved } });
    }
    if (choice === "theirs") {
      this.setAside("Your version, not saved", { text: mine, target: { ...target, base: theirs } });
    }
    if (this.#isHere(target)) this.composition.clear();
    return words || WORDS[choice];
  }

  /**
   * Whose version it is, and since when. A post says neither, but its history does.
   * @param {Written} theirs
   * @returns {Promise<{by: string, at?: string}>}
   */
  async #whose(theirs) {
    const { updated_at: at } = theirs;
    if (theirs.kind === "draft") return { by: this.#name(theirs.editor ?? theirs.author), at };
    const history = await this.api.read(`/posts/${theirs.id}/history`).catch(() => null);
    const newest = history?.versions[0];
    return newest ? { by: this.#name(newest.by), at: newest.at } : { by: "Somebody else", at };
  }

  /** @param {string} name */
  #name(name) {
    return name === this.me.name ? "You" : name;
  }

  /**
   * Save some fields over the newest version.
   * @param {Change} change
   * @param {Written} theirs
   * @param {Text} chosen
   * @param {string} [note]
   */
  #save({ target, plan }, theirs, chosen, note) {
    const text = note ? { ...chosen, correction: note } : chosen;
    return this.act(replace({ text, target: { ...target, base: theirs }, plan }, theirs));
  }
}
