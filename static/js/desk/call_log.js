// The call log: who called which winner when, who said so, and how soon readers had it.

import { callInWords } from "./calls.js";
import { button, element, showModal } from "./dom.js";
import { labels } from "./labels.js";
import { clockToSeconds, place } from "./times.js";

/**
 * @import { LoggedCall, Workspace } from "./desk.d.ts"
 * @import { State } from "./state.js"
 */

const HEADINGS = ["What", "Who", "Told by", "Last reader had it"];

/** @param {Pick<Workspace, "api" | "timelines">} workspace */
export async function showCalls({ api, timelines }) {
  /** @type {{calls: LoggedCall[]}} */
  const { calls } = await api.read("/calls").catch(() => ({ calls: [] }));
  const dialog = element("dialog", { class: "wide", "aria-labelledby": "calls-title" },
    element("h2", { id: "calls-title" }, "Call log"),
    calls.length
      ? element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Calls" },
        table(`Time in ${place(timelines.public.zone)}`, calls.map((call) => cells(call, timelines.public))))
      : element("p", { class: "hint" }, "Nothing was called yet."),
    element("div", { class: "row" }, button("Close", () => dialog.close())));
  showModal(dialog);
}

/** @param {string} time what the first column is @param {string[][]} rows */
const table = (time, rows) => element("table", {},
  element("thead", {}, element("tr", {}, ...[time, ...HEADINGS].map((name) => element("th", { scope: "col" }, name)))),
  element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))))));

/** @param {LoggedCall} call @param {State} state */
function cells(call, state) {
  const { at, category: id, by, source = "", ms, readers } = call;
  const category = state.category(id);
  return [clockToSeconds(at, state.zone, { named: false }),
    `${category?.name ?? id}: ${callInWords(call, category, labels.act)}`, by, source ?? "",
    typeof ms === "number" ? `${readers} in ${ms} ms` : ""];
}
