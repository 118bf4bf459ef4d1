// The timeline: what was published, newest first, to be edited, pinned or retracted.

import { element, fill } from "./dom.js";
import { postRow } from "./post_row.js";

/** @import { Post, Row, Workspace } from "./desk.d.ts" */

const SHOWN = 60; // at first; more by a button

export class Timeline {
  #shown = SHOWN;

  /**
   * @param {Workspace} workspace
   * @param {{list: HTMLElement, more: HTMLElement}} places
   * @param {{edit: (post: Post) => void, history: (post: Post) => void}} acts `edit` takes a post into the composer,
   *   `history` shows its versions
   */
  constructor(workspace, { list, more }, { edit, history }) {
    this.workspace = workspace;
    this.list = list;
    this.more = more;
    this.edit = edit;
    this.history = history;
    more.addEventListener("click", () => {
      this.#shown += SHOWN;
      this.show();
    });
  }

  /** Show the present state. */
  show() {
    const { blog, posts } = this.workspace.timelines.public;
    this.more.hidden = posts.length <= this.#shown;
    if (!posts.length) this.list.replaceChildren(element("li", { class: "hint" }, "Nothing is published yet."));
    else fill(this.list, posts.slice(0, this.#shown).map((post) => this.#row(post, post.id === blog.pinned)));
  }

  /** @param {Post} post @param {boolean} pinned @returns {Row} */
  #row(post, pinned) {
    const ref = `post:${post.id}`;
    const editing = this.workspace.presence.editing(ref);
    const edit = () => this.edit(post);
    const history = () => this.history(post);
    return [ref, `${post.seq} ${pinned} ${editing}`,
      () => postRow(this.workspace, post, { pinned, editing, edit, history })];
  }
}
