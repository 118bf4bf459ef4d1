// The history of a post: every version, who made it and when; compare it with the one before or with today's, and bring
// it back.

import { restore } from "./asked.js";
import { button, element, problemLine, say, showModal } from "./dom.js";
import { titleOf } from "./text.js";
import { clockToSeconds } from "./times.js";
import { changes } from "./versions.js";

/** @import { Post, Workspace } from "./desk.d.ts" */

/**
 * @typedef {Pick<Workspace, "act" | "api" | "me" | "rowActs" | "timelines">} Shared
 * @typedef {{text: Post, at: string, by: string}} Version newest first
 */

/**
 * Open the dialog.
 * @param {Shared} shared
 * @param {Post} post
 * @param {() => void} restored called after a version was brought back
 */
export async function showHistory(shared, post, restored) {
  /** @type {{object: Post, at: string, by: string}[]} */
  let versions;
  try {
    ({ versions } = await shared.api.read(`/posts/${post.id}/history`));
  } catch (error) {
    shared.rowActs.tell(`post:${post.id}`, error.message);
    return;
  }
  new History(shared, post, versions.map(({ object, at, by }) => ({ text: object, at, by })), restored).open();
}

class History {
  #at = 0; // the version that is shown
  #withNow = false; // compared with today's, and not with the one before
  #place = element("div", { class: "history-version", "aria-live": "polite" });
  #problem = problemLine();
  #list;
  #dialog;

  /** @param {Shared} shared @param {Post} post @param {Version[]} versions @param {() => void} restored */
  constructor(shared, post, versions, restored) {
    this.shared = shared;
    this.post = post;
    this.versions = versions;
    this.restored = restored;
    this.#list = element("ol", { class: "history-list" }, ...versions.map((version, n) => this.#tab(version, n)));
    this.#dialog = element("dialog", { class: "wide", "aria-labelledby": "history-title" },
      element("h2", { id: "history-title" }, `History of “${titleOf(post)}”`),
      element("div", { class: "history" }, this.#list,
        element("div", {}, element("label", {}, "Compare ", this.#choice()), this.#place)),
      this.#problem,
      element("div", { class: "row" }, button("Close", () => this.#dialog.close())));
  }

  open() {
    this.#draw();
    showModal(this.#dialog);
  }

  /** @param {Version} version @param {number} n */
  #tab({ at, by }, n) {
    return element("li", {}, button([
      element("time", { datetime: at }, clockToSeconds(at)), " ",
      element("span", { class: "hint" }, [by, n === 0 && "now"].filter(Boolean).join(" · ")),
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
    if (this.#at > 0 && this.shared.me.editor) {
      const again = button("Restore this version", () => this.#restore(version), "main");
      this.#place.append(element("div", { class: "row" }, again));
    }
  }

  /** @param {Version} version */
  #compared({ text }) {
    const { categories } = this.shared.timelines.public;
    /** @param {string} words */
    const hint = (words) => element("p", { class: "hint" }, words);
    const other = this.versions[this.#withNow ? 0 : this.#at + 1];
    if (!other) return [hint("The first version."), whole(text)];
    return this.#withNow
      ? [hint("From this version to today’s:"), changes(text, other.text, categories)]
      : [hint("What this version changed:"), changes(other.text, text, categories)];
  }

  /** @param {Version} version */
  async #restore({ text }) {
    try {
      await this.shared.act(restore(this.post, text, this.versions[0].text.seq));
      this.#dialog.close();
      this.restored();
    } catch (error) {
      say(this.#problem, error.message);
    }
  }
}

/** @param {Post} text */
const whole = (text) =>
  element("blockquote", {}, text.headline && element("strong", {}, text.headline), element("p", {}, text.body ?? ""));
