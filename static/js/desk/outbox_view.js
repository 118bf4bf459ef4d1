// The outbox on the screen: what waits for the connection, what has to be asked about, what was refused, and what went
// late.

import { Refused } from "./api.js";
import { button, element, fill, publicly, show, steady } from "./dom.js";
import { asks, inOrder, late, span } from "./outbox.js";
import { clock } from "./times.js";

/**
 * @import { Change } from "./conflict_resolution.js"
 * @import { Act, Edited, OutboxState, Row, Workspace } from "./desk.d.ts"
 * @import { OutboxSender } from "./outbox_sender.js"
 */

const SOON = 1200; // ms in which an act that goes through needs no words

/**
 * @typedef {Act & {edit: Edited}} WithText
 * @typedef {Act & {edit: Change}} WithChange
 * @typedef {"late" | "asks" | "refused" | "held" | "waiting"} Kind
 * @typedef {Pick<Workspace, "me" | "timelines">
 *   & {sender: OutboxSender}} Shared
 */

export class OutboxView {
  /**
   * @param {Shared} shared
   * @param {{section: HTMLElement, list: HTMLElement, title: HTMLElement}} places
   * @param {{take: (act: WithText) => void, compare: (act: WithChange) => void}} composer `take` puts an act's text
   *   back into it, `compare` shows it beside what replaced its version
   */
  constructor({ me, timelines, sender }, { section, list, title }, { take, compare }) {
    this.me = me;
    this.timelines = timelines;
    this.sender = sender;
    this.section = section;
    this.list = list;
    this.title = title;
    this.take = take;
    this.compare = compare;
  }

  /**
   * What was not sent comes first.
   * @param {Act[]} acts
   * @param {OutboxState} state
   * @returns how many of this person's acts go by themselves, and how many acts somebody has to decide about
   */
  show(acts, state) {
    const now = Date.now();
    const shown = inOrder(acts).filter((act) => act.state !== "done" && (act.state === "refused"
      || act.who !== this.me.name || state !== "idle" || now - act.made > SOON));
    const standings = shown.map((act) => this.#standing(act, state, now));
    const sent = inOrder(acts).filter(late);
    const rows = [...shown.map((act, n) => this.#row(act, standings[n])),
      ...sent.map((act) => this.#row(act, this.#standing(act, state, now))),
      ...(sent.length ? [this.#allRight(sent)] : [])];
    const open = shown.filter((act) => act.state === "waiting").length;
    steady(() => {
      show(this.section, rows.length > 0);
      this.title.textContent = open ? `Not sent yet: ${open}` : "Outbox";
      fill(this.list, rows);
    });
    /** @param {Kind[]} kinds */
    const count = (...kinds) => standings.filter(([kind]) => kinds.includes(kind)).length;
    return { waiting: count("waiting", "held"), undecided: count("asks", "refused") };
  }

  /** One press for all that went late. @param {Act[]} sent @returns {Row} */
  #allRight(sent) {
    return ["late", sent.map((act) => act.n).join(" "), () => element("li", { "data-kind": "late" },
      button("OK", async () => { for (const act of sent) await this.sender.remove(act.n); }))];
  }

  /** @param {Act} act @param {[Kind, string]} standing @returns {Row} */
  #row(act, [kind, words]) {
    return [`act:${act.n}`, `${kind} ${words} ${act.doubt}`, () => element("li", { "data-kind": kind },
      element("p", { class: "what" }, act.words),
      element("p", { class: "hint" }, words),
      element("div", { class: "row" }, ...this.#buttons(act, kind)))];
  }

  /** @param {Act} act @param {OutboxState} state @param {number} now @returns {[Kind, string]} */
  #standing(act, state, now) {
    const { me, timelines, sender } = this;
    if (act.state === "refused") return ["refused", `Refused: ${new Refused(act.problem ?? {}).message}`];
    if (act.state === "done") {
      const sent = act.sent ?? act.made;
      return ["late", `Sent ${span(sent - act.made)} late, at ${clock(sent, timelines.public.zone)}.`];
    }
    if (act.who !== me.name) return ["held", `Written by ${act.who}. It goes when ${act.who} signs in here.`];
    if (asks(act, now, (subject) => timelines.seqOf(subject))) return ["asks",
      `Pressed ${span(now - act.made)} ago and not sent. Is it still right?`];
    if (state === "signed out") return ["held", "You are signed out. Sign in at the top of the page, and it goes."];
    if (!sender.store.lasting) return ["waiting",
      "Waiting for the line. Leave this page open: this browser keeps nothing."];
    return ["waiting", act.doubt ? "Waiting for an answer. It will not happen twice." : "Waiting for the line."];
  }

  /** @param {Act} act @param {Kind} kind */
  #buttons(act, kind) {
    const remove = () => this.sender.remove(act.n);
    const text = hasText(act) && button(act.kind === "publish" ? "Take back" : "Use this text", async () => {
      await remove();
      this.take(act);
    });
    const discard = button("Discard", remove, "bad");
    switch (kind) {
      case "late": return [];
      case "asks": return [publicly("Send it now", () => this.sender.insist(act.n), "main"), text, discard];
      case "refused": return [act.problem?.code === "stale" && isChange(act)
        && button("Compare", () => this.compare(act), "main"), text, discard];
      case "held": return [discard];
      default: return [!act.doubt && (text || button("Take back", remove))];
    }
  }
}

/** @param {Act} act @returns {act is WithText} */
const hasText = (act) => act.edit !== undefined;

/** @param {Act} act @returns {act is WithChange} */
const isChange = (act) => Boolean(act.edit?.target);
