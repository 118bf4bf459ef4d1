// Following the blog on both timelines, the readers' and the desk's: the socket tells what changed, `/changes` fills
// every gap; without a socket the desk polls.

import { Follower } from "../reader/protocol.js";
import { io } from "../../vendor/socket.io.esm.min.js";
import { prefix } from "../reader/site.js";

/**
 * @import { CatchUp } from "../reader/wire.d.ts"
 * @import { Person, Reached } from "./desk.d.ts"
 * @import { Line } from "./standing.js"
 * @import { State, Timelines } from "./state.js"
 */

/**
 * @typedef {"public" | "desk"} Scope
 * @typedef {CatchUp & {scope: Scope}} Sync
 * @typedef {import("../reader/wire.d.ts").Change & {scope: Scope}} Change
 * @typedef {object} Listener
 * @property {() => void} changed called after every change
 * @property {(line: Line) => void} line called with how the connection is
 * @property {(people: Person[]) => void} people called with the people at the desk
 * @property {(figures: {readers: number, last: Reached | null}) => void} figures
 * @property {() => string | null} editing what is being edited here, `post:…` or null
 */

const POLL = 4000; // ms between two looks
const ALIVE = 3000; // ms between two signs of life
const PATIENCE = 15_000; // ms for an answer
/** What a refusal of the state says about the person. @type {Record<number, Line>} */
const REFUSED = { 401: "signed out", 403: "refused", 404: "refused" };

export class Connection {
  /** Why the last question was refused, if it was. @type {Line | undefined} */
  #refused;
  #scopes;
  #socket;

  /**
   * @param {string} slug
   * @param {Timelines} timelines kept up to date
   * @param {Listener} listener
   */
  constructor(slug, timelines, listener) {
    this.listener = listener;
    this.#scopes = {
      public: this.#follower(timelines.public, `${prefix}/api/v1/blogs/${slug}/changes`),
      desk: this.#follower(timelines.desk, `${prefix}/api/v1/blogs/${slug}/desk/changes`),
    };
    this.#socket = io("/desk", {
      path: `${prefix}/socket.io/`, transports: ["websocket"], autoConnect: false,
      auth: (give) => give({ blog: slug, ...this.#introduction() }),
    });
  }

  open() {
    this.#listenToServer();
    this.#socket.connect();
    const look = () => { if (!document.hidden && !this.#socket.connected) this.refresh(); };
    setInterval(() => this.live(), ALIVE);
    setInterval(look, POLL);
    addEventListener("online", look);
    addEventListener("offline", () => this.listener.line("away"));
    document.addEventListener("visibilitychange", look);
    this.refresh();
  }

  /** Resolves when the states are at least as new as when it was called, or there is no connection. */
  refresh() {
    return this.#follow(Promise.all(Object.values(this.#scopes).map(fresh)));
  }

  /** A sign of life, and what is being edited here. */
  live() {
    if (this.#socket.connected) this.#socket.emit("editing", { ref: this.listener.editing() });
  }

  /** What the desk shows, as it tells the server; nothing before the first answer. */
  #introduction() {
    const { epoch, seq, mark } = this.#scopes.public.introduce();
    const position = this.#scopes.desk.introduce();
    const desk = position.epoch === epoch ? { desk_seq: position.seq, desk_mark: position.mark } : { desk_seq: 0 };
    return epoch ? { epoch, seq, mark, ...desk } : {};
  }

  /** @param {State} state @param {string} path */
  #follower(state, path) {
    return new Follower({
      position: { epoch: "", seq: 0 },
      apply: (objects, reset) => {
        state.put(/** @type {any[]} */ (objects), reset); // the desk's have more fields
        this.listener.changed();
      },
      fetchChanges: ({ epoch, seq, mark = "" }) =>
        this.#ask(`${path}${epoch ? `?epoch=${encodeURIComponent(epoch)}&after=${seq}&mark=${mark}` : "?after=0"}`),
      fetchState: () => this.#ask(`${path}?after=0`),
    });
  }

  /** @param {string} address @returns {Promise<CatchUp>} */
  async #ask(address) {
    const answer = await fetch(address,
      { cache: "no-store", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
    this.#refused = REFUSED[answer.status];
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return answer.json();
  }

  #listenToServer() {
    const { listener } = this;
    this.#socket.on("sync", (/** @type {Sync} */ message) => this.#follow(this.#scopes[message.scope].sync(message)));
    this.#socket.on("change", (/** @type {Change} */ message) =>
      this.#follow(this.#scopes[message.scope].change(message)));
    this.#socket.on("head", ({ epoch, seq, mark, desk_seq: desk, desk_mark: deskMark }) => {
      this.#follow(this.#scopes.public.head({ epoch, seq, mark }));
      this.#follow(this.#scopes.desk.head({ epoch, seq: desk, mark: deskMark }));
    });
    this.#socket.on("presence", ({ people }) => listener.people(people));
    this.#socket.on("figures", listener.figures);
    this.#socket.on("connect", () => this.live());
    this.#socket.on("disconnect", () => {
      listener.people([]);
      listener.line("away");
      this.refresh(); // the line, or only the sign-in?
    });
  }

  /** Tell how the connection is once a question is answered. @param {Promise<unknown> | undefined} asked */
  #follow(asked) {
    return Promise.resolve(asked).then(() => this.#answered(), () => this.#lost());
  }

  #answered() {
    if (!this.#socket.active) this.#socket.connect(); // refused before: signed out, or storage was away
    this.listener.line(this.#socket.connected ? "connected" : "polling");
  }

  #lost() {
    this.listener.line(this.#refused ?? "away");
  }
}

/** Ask anew: an answer under way may be older than what we were called for. @param {Follower} follower */
async function fresh(follower) {
  await follower.asking?.catch(() => {});
  return follower.catchUp();
}
