// The timeline: what was published, newest first, to be found, edited, pinned or retracted.

import { button, element, fill, focusHeading } from "./dom.js";
import { fitting, KINDS } from "./post_filter.js";
import { PostRecords } from "./post_records.js";
import { postRow, retractedRow } from "./post_row.js";
import { clock } from "./times.js";

/**
 * @import { Post, Retracted, Row, Workspace } from "./desk.d.ts"
 * @import { Kind } from "./post_filter.js"
 */

const SHOWN = 60; // at first; more by a button

export class Timeline {
  #shown = SHOWN;
  /** The newest update that was in sight. */
  #seen = "";
  #away = false; // whether the newest are scrolled away
  /** What is asked for. @type {{kind: Kind, query: string}} */
  #wanted = { kind: "all", query: "" };
  #count = element("p", { class: "hint", role: "status" });
  #newest = button("To the newest", () => this.#toNewest(), "to-newest");

  /**
   * @param {Workspace} workspace
   * @param {{list: HTMLElement, more: HTMLElement, tools: HTMLElement}} places
   * @param {object} acts
   * @param {(post: Post) => void} acts.edit takes a post into the composer
   * @param {(post: Post) => void} acts.history shows its versions
   * @param {(words: string) => void} acts.tell
   */
  constructor(workspace, { list, more, tools }, { edit, history, tell }) {
    this.workspace = workspace;
    this.list = list;
    this.more = more;
    this.edit = edit;
    this.history = history;
    this.tell = tell;
    this.records = new PostRecords(workspace, () => this.show());
    more.addEventListener("click", () => {
      this.#shown += SHOWN;
      this.show();
    });
    this.#makeTools(tools);
    this.#watch();
  }

  /** Show the present state. */
  show() {
    const { blog, posts } = this.workspace.timelines.public;
    const all = merged(posts, this.records.retracted());
    const found = fitting(all, { ...this.#wanted, isMine: this.records.isMine });
    this.more.hidden = found.length <= this.#shown;
    this.#showCount(found.length);
    this.#showNewest(posts);
    const none = all.length ? "No update fits." : "Nothing is published yet.";
    if (!found.length) this.list.replaceChildren(element("li", { class: "hint" }, none));
    else fill(this.list, found.slice(0, this.#shown).map((post) => this.#row(post, post.id === blog.pinned)));
  }

  /** @param {Post} post @param {boolean} pinned @returns {Row} */
  #row(post, pinned) {
    const ref = `post:${post.id}`;
    const history = () => this.history(post);
    const at = clock(post.published_at, this.workspace.timelines.public.zone); // it has a date after midnight
    if (post.retracted) return [ref, `${post.seq} ${at} retracted ${/** @type {Retracted} */ (post).at}`, () =>
      retractedRow(this.workspace, /** @type {Retracted} */ (post), history)];
    const editing = this.workspace.presence.editing(ref);
    const edit = () => this.edit(post);
    return [ref, `${post.seq} ${at} ${pinned} ${editing}`,
      () => postRow(this.workspace, post, { pinned, editing, edit, history, tell: this.tell })];
  }

  // -- finding

  /** @param {HTMLElement} tools */
  #makeTools(tools) {
    const offered = Object.entries(KINDS).filter(([kind]) => kind !== "retracted" || this.workspace.me.editor);
    const kind = element("select", { "aria-label": "Which updates",
      onchange: () => this.#want({ kind: /** @type {Kind} */ (kind.value) }) },
      ...offered.map(([value, words]) => element("option", { value }, words)));
    const query = element("input", { type: "search", "aria-label": "Search the timeline", placeholder: "Search",
      autocomplete: "off", maxlength: "100", oninput: () => this.#want({ query: query.value }) });
    const everything = button("Show all", () => {
      kind.value = "all";
      query.value = "";
      this.#want({ kind: "all", query: "" });
      focusHeading(this.list.parentElement);
    }, "quiet");
    everything.hidden = true;
    this.everything = everything;
    tools.append(kind, query, element("div", { class: "found" }, this.#count, everything), this.#newest);
  }

  /** @param {Partial<{kind: Kind, query: string}>} wanted */
  #want(wanted) {
    this.#wanted = { ...this.#wanted, ...wanted };
    this.#shown = SHOWN;
    this.show();
  }

  /** @param {number} found */
  #showCount(found) {
    const { kind, query } = this.#wanted;
    const some = kind !== "all" || Boolean(query.trim());
    const words = some ? `${found.toLocaleString()} found` : "";
    if (this.#count.textContent !== words) this.#count.textContent = words;
    if (this.everything) this.everything.hidden = !some;
  }

  // -- the newest

  #watch() {
    const heading = this.more.parentElement?.querySelector("h2") ?? this.list;
    let asked = false;
    const look = () => {
      asked = false;
      // what sticks to the top covers that much of the page (stage.css)
      const covered = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
      const away = heading.getBoundingClientRect().bottom < covered && heading.offsetParent !== null;
      if (away === this.#away) return;
      this.#away = away;
      this.#showNewest(this.workspace.timelines.public.posts);
    };
    addEventListener("scroll", () => {
      if (!asked) requestAnimationFrame(look);
      asked = true;
    }, { passive: true });
  }

  /** @param {Post[]} posts */
  #showNewest(posts) {
    if (!this.#away) this.#seen = posts[0]?.published_at ?? "";
    const fresh = posts.filter((post) => post.published_at > this.#seen).length;
    const words = fresh ? `${fresh} new · to the newest` : "To the newest";
    if (this.#newest.textContent !== words) this.#newest.textContent = words;
    this.#newest.hidden = !this.#away;
  }

  #toNewest() {
    const place = this.list.parentElement;
    place?.scrollIntoView({ block: "start" });
    focusHeading(place);
  }
}

/** Both by the time when they were published, newest first. @param {Post[]} posts @param {Post[]} retracted */
function merged(posts, retracted) {
  if (!retracted.length) return posts;
  return [...posts, ...retracted].sort((a, b) => (a.published_at < b.published_at ? 1 : -1));
}
