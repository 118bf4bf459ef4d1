// The history of a post: every version, who made it and when; compare it with the one before or with today's, and bring
// it back.

import { purge, restore } from "./asked.js";
import { ask } from "./dialog.js";
import { button, element, showModal } from "./dom.js";
import { titleOf } from "./text.js";
import { clock, clockToSeconds } from "./times.js";
import { changes } from "./versions.js";

/**
 * @import { Post, Workspace } from "./desk.d.ts"
 * @import { Correction } from "../reader/wire.d.ts"
 */

/**
 * @typedef {Pick<Workspace, "act" | "api" | "me" | "rowActs" | "timelines">} Shared
 * @typedef {{text: Post, at: string, by: string}} Version newest first
 */

/**
 * Open the dialog.
 * @param {Shared} shared
 * @param {Post} post
 * @param {(words: string) => void} tell
 */
export async function showHistory(shared, post, tell) {
  /** @type {{object: Post, at: string, by: string}[]} */
  let versions;
  try {
    ({ versions } = await shared.api.read(`/posts/${post.id}/history`));
  } catch (error) {
    shared.rowActs.tell(`post:${post.id}`, error.message);
    return;
  }
  new History(shared, post, versions.map(({ object, at, by }) => ({ text: object, at, by })), tell).open();
}

class History {
  #at = 0; // the version that is shown
  #withNow = false; // compared with today's, and not with the one before
  #place = element("div", { class: "history-version", "aria-live": "polite" });
  #list;
  #dialog;

  /** @param {Shared} shared @param {Post} post @param {Version[]} versions @param {(words: string) => void} tell */
  constructor(shared, post, versions, tell) {
    this.shared = shared;
    this.post = post;
    this.versions = versions;
    this.tell = tell;
    this.retracted = Boolean(versions[0].text.retracted);
    if (this.retracted && versions.length > 1) this.#at = 1; // the last text
    this.#list = element("ol", { class: "history-list" }, ...versions.map((version, n) => this.#tab(version, n)));
    this.#dialog = element("dialog", { class: "wide", "aria-labelledby": "history-title" },
      element("h2", { id: "history-title" }, `History of “${titleOf(post)}”`),
      element("div", { class: "history" }, this.#list,
        element("div", {}, !this.retracted && element("label", {}, "Compare ", this.#choice()), this.#place)),
      element("div", { class: "row" }, button("Close", () => this.#dialog.close()),
        this.retracted && versions.length > 1 && shared.me.admin
          && button("Purge…", () => this.#purge(), "bad")));
  }

  open() {
    this.#draw();
    showModal(this.#dialog);
  }

  /** @param {Version} version @param {number} n */
  #tab({ at, by }, n) {
    return element("li", {}, button([
      element("time", { datetime: at }, clockToSeconds(at, this.shared.timelines.public.zone)), " ",
      element("span", { class: "hint" },
        [by, n === 0 && (this.retracted ? "retracted" : "now")].filter(Boolean).join(" · ")),
    ], () => {
      this.#at = n;
      this.#draw();
    }, "quiet"));
  }

  #choice() {
    const choice = element("select", { "aria-label": "Compare", onchange: () => {
      this.#withNow = choice.value === "now";
      this.#draw();
    } }, element("option", { value: "before" }, "with the version before"),
    element("option", { value: "now" }, "with today’s"));
    return choice;
  }

  #draw() {
    const version = this.versions[this.#at];
    [...this.#list.children].forEach((item, n) =>
      item.firstElementChild?.setAttribute("aria-pressed", String(n === this.#at)));
    this.#place.replaceChildren(...this.#compared(version));
    if (this.#at > 0 && this.shared.me.editor && !this.retracted) {
      const again = button("Restore this version", () => this.#restore(version), "main");
      this.#place.append(element("div", { class: "row" }, again));
    }
  }

  /** @param {Version} version */
  #compared({ text }) {
    const { categories } = this.shared.timelines.public;
    /** @param {string} words */
    const hint = (words) => element("p", { class: "hint" }, words);
    if (text.retracted) return [hint("Retracted: readers no longer have it.")];
    const other = this.versions[this.#withNow ? 0 : this.#at + 1];
    if (!other) return [hint("The first version."), whole(text)];
    return this.#withNow
      ? [hint("From this version to today’s:"), changes(text, other.text, categories)]
      : [hint("What this version changed:"), changes(other.text, text, categories)];
  }

  /** Ask, with what would change, and do it. @param {Version} version */
  #restore({ text }) {
    const { act, timelines } = this.shared;
    const now = this.versions[0].text;
    const newer = now.corrections.slice(text.corrections.length);
    return this.#ask("Restore this version?", [
      element("p", { class: "hint" }, "This will change:"),
      changes(now, text, timelines.public.categories),
      ...corrections(now, newer, timelines.public.zone),
    ], { label: "Restore", kind: "main", done: "Restored.",
      act: (answer) => act(restore(this.post, text, now.seq, String(answer.get("correction")).trim())) });
  }

  #purge() {
    const count = this.versions.length - 1;
    return this.#ask("Purge this update?", [
      element("p", {}, `It is removed for good: ${count === 1 ? "its version" : `its ${count} versions`} in the ` +
        "history, the drafts with its text, and the pictures that nothing else uses. New exports do not have it. " +
        "This cannot be undone."),
      element("p", { class: "hint" }, "The log keeps who purged it, and when. Copies that were made before, such as " +
        "exports and backups, stay as they are."),
    ], { label: "Purge", kind: "bad", done: "Purged.", act: () => this.shared.act(purge(this.post)) });
  }

  /**
   * Ask in place of the history, which comes back if the answer is no.
   * @param {string} title
   * @param {Element[]} fields
   * @param {{label: string, kind: string, done: string, act: (answer: FormData) => Promise<any>}} answer
   */
  async #ask(title, fields, { label, kind, done, act }) {
    let words = done;
    this.#dialog.close();
    const went = await ask(title, fields, [[label, async (answer) => {
      const { kept } = await act(answer);
      if (kept) words = "In the outbox: it is done when the line is back.";
    }, kind]], { wide: true });
    if (went) this.tell(words);
    else this.open();
  }
}

/**
 * What becomes of the corrections when an earlier version is restored: they stay, and a version from before one of them
 * needs a note, because the text would contradict it.
 * @param {Post} now
 * @param {Correction[]} newer made after that version
 * @param {string} zone
 */
function corrections(now, newer, zone) {
  const last = newer.at(-1);
  const note = last ? `An earlier correction was wrong: “${last.note}”` : "";
  return [
    now.corrections.length > 0 && element("p", {}, "These corrections stay below the text:"),
    ...now.corrections.map(({ at, note: words }) =>
      element("p", { class: "correction-note" }, `${clock(at, zone)}: ${words}`)),
    element("label", {}, "Correction for readers ", element("span", { class: "hint" }, last
      ? "the restored text is older than the last correction: say what is true now" : "optional: what was wrong"),
    element("input", { name: "correction", maxlength: "1000", autocomplete: "off", value: note.slice(0, 1000),
      required: Boolean(last) })),
  ].filter((part) => part !== false);
}

/** @param {Post} text */
const whole = (text) =>
  element("blockquote", {}, text.headline && element("strong", {}, text.headline), element("p", {}, text.body ?? ""));
