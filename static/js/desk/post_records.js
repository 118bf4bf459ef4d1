// What the desk looks up of updates beyond what readers have: who published each, and what retracted ones were.

import { folded } from "./name_search.js";

/** @import { Post, Retracted, Workspace } from "./desk.d.ts" */

const REST = 2000;

export class PostRecords {
  /** By the posts' ids; empty for what the server does not know. @type {Map<string, string>} */
  #writers = new Map();
  /** What is known of each tombstone, by id: its version, and the update that it was. */
  #gone = /** @type {Map<string, {seq: number, post: Retracted | null}>} */ (new Map());
  /** When each kind may be looked up again, in ms since 1970. @type {Record<string, number>} */
  #next = {};

  /**
   * @param {Pick<Workspace, "api" | "me" | "timelines">} workspace
   * @param {() => void} changed called when more is known
   * @param {number} rest ms between two look-ups of one kind
   */
  constructor({ api, me, timelines }, changed, rest = REST) {
    this.api = api;
    this.me = me;
    this.timelines = timelines;
    this.changed = changed;
    this.rest = rest;
  }

  /** Whether this page's editor wrote or published it; known a moment after the first question. @param {Post} post */
  isMine = (post) => {
    if (!this.#writers.has(post.id)) {
      this.#look("/writers", ({ writers }) => {
        this.#writers = new Map(this.timelines.public.posts.map(({ id }) => [id, writers[id] ?? ""]));
      });
    }
    return this.#writers.get(post.id) === this.me.name || folded(post.byline ?? "").includes(folded(this.me.name));
  };

  /** The retracted updates whose texts are kept, for editors; known a moment after the first question. */
  retracted() {
    if (!this.me.editor) return [];
    const { former, retracted: stones } = this.timelines.public;
    if (stones.some((stone) => (this.#gone.get(stone.id)?.seq ?? -1) < stone.seq)) {
      this.#look("/retracted", ({ posts }) => this.#take(posts));
    }
    return stones.flatMap(({ id, seq }) => {
      const [known, before] = [this.#gone.get(id), former.get(id)];
      if (known && known.seq >= seq) return known.post ?? [];
      return before ? { ...before, seq, retracted: /** @type {const} */ (true), at: "", by: "" } : [];
    });
  }

  /** @param {{id: string, seq: number, at?: string, by?: string, object?: Post}[]} found */
  #take(found) {
    this.#gone = new Map(found.map(({ id, seq, at = "", by = "", object }) =>
      [id, { seq, post: object ? { ...object, seq, retracted: true, at, by } : null }]));
  }

  /** @param {string} path @param {(answer: any) => void} take */
  async #look(path, take) {
    const now = Date.now();
    if (now < (this.#next[path] ?? 0)) return;
    this.#next[path] = now + this.rest;
    setTimeout(this.changed, this.rest + 1); // it may ask again by then
    const answer = await this.api.read(path).catch(() => null);
    if (!answer) return;
    take(answer);
    this.changed();
  }
}
