// The outbox on the screen: what waits for the line, what has to be asked about, what was refused, and what went late.

import { Refused } from "./api.js";
import { button, element, fill, publicly } from "./dom.js";
import { asks, inOrder, late, span } from "./outbox.js";

const SOON = 1200; // ms in which an act that goes through needs no words

/**
 * @param take (act) puts an act's text back into the composer; compare (act) shows it beside what replaced its version
 * @returns show(acts, state)
 */
export function outboxView(desk, sender, { section, list, title }, { take, compare }) {
  const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const remove = (act) => () => sender.remove(act.n);
  const takeBack = (act) => async () => {
    await sender.remove(act.n);
    take(act);
  };

  function standing(act, state, now) {
    if (act.state === "refused") return ["refused", `Refused: ${new Refused(act.problem ?? {}).message}`];
    if (act.state === "done") return ["late", `Sent ${span(act.sent - act.made)} late, at ${clock(act.sent)}.`];
    if (act.who !== desk.who) return ["held", `Written by ${act.who}. It goes when ${act.who} signs in here.`];
    if (asks(act, now, desk.seqOf)) return ["asks",
      `Pressed ${span(now - act.made)} ago and not sent. Is it still right?`];
    if (state === "signed out") return ["held", "You are signed out. Sign in again in another tab, and it goes."];
    if (!sender.store.lasting) return ["waiting",
      "Waiting for the line. Leave this page open: this browser keeps nothing."];
    return ["waiting", act.doubt ? "Waiting for an answer. It will not happen twice." : "Waiting for the line."];
  }

  function acts(act, kind) {
    const text = act.edit && button(act.kind === "publish" ? "Take back" : "Use this text", takeBack(act));
    return {
      late: () => [button("OK", remove(act))],
      asks: () => [publicly("Send it now", () => sender.insist(act.n), "main"), text,
        button("Discard", remove(act), "bad")],
      refused: () => [act.problem?.code === "stale" && act.edit && button("Compare", () => compare(act), "main"), text,
        button("Discard", remove(act), "bad")],
      held: () => [button("Discard", remove(act), "bad")],
      waiting: () => [!act.doubt && (text || button("Take back", remove(act)))],
    }[kind]().filter(Boolean);
  }

  function item(act, kind, words) {
    return element("li", { "data-kind": kind },
      element("p", { class: "what" }, act.words),
      element("p", { class: "hint" }, words),
      element("div", { class: "row" }, ...acts(act, kind)));
  }

  return (all, state) => {
    const now = Date.now();
    const shown = inOrder(all).filter((act) => {
      if (act.state === "done") return late(act);
      return act.state === "refused" || act.who !== desk.who || state !== "idle" || now - act.made > SOON;
    });
    const rows = shown.map((act) => {
      const [kind, words] = standing(act, state, now);
      return [`act:${act.n}`, `${kind} ${words} ${act.doubt}`, () => item(act, kind, words)];
    });
    section.hidden = !rows.length;
    const open = shown.filter((act) => act.state === "waiting").length;
    title.textContent = open ? `Not sent yet: ${open}` : "Outbox";
    fill(list, rows);
  };
}
