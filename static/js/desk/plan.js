// When a draft goes out by itself: at a time, when a category reaches a state, or as the text for one outcome.

import { ask } from "./dialog.js";
import { element } from "./dom.js";
import { labels } from "./labels.js";
import { named } from "./state.js";

/** The plan of a draft, {publish_at, on, outcome}, with null for what it has not. */
export const planOf = (draft) =>
  ({ publish_at: draft?.publish_at ?? null, on: draft?.on ?? null, outcome: draft?.outcome ?? null });

export const planned = (plan) => Boolean(plan.publish_at || plan.on || plan.outcome);

/** A plan in words; empty for none. `zone` is the event's. */
export function inWords(plan, { categories, zone }) {
  const of = (id) => categories.find((category) => category.id === id);
  if (plan.outcome) {
    const category = of(plan.outcome.category);
    const nominee = category?.nominees.find((one) => one.id === plan.outcome.nominee);
    return `if ${nominee ? named(nominee) : plan.outcome.nominee} wins ${category?.name ?? plan.outcome.category}`;
  }
  if (plan.on) return `when ${of(plan.on.category)?.name ?? plan.on.category} ${labels.reached[plan.on.state]}`;
  if (plan.publish_at) return `at ${clock(plan.publish_at, zone)}`;
  return "";
}

/** `7:30 PM PST`, with the date unless it is today there. */
function clock(at, zone) {
  const day = (date) => new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(date);
  const date = new Date(at);
  const words = (parts) => new Intl.DateTimeFormat([], { timeZone: zone, ...parts }).format(date);
  const time = words({ hour: "numeric", minute: "2-digit", timeZoneName: "short" });
  return day(date) === day(new Date()) ? time
    : `${time}, ${words({ day: "numeric", month: "long" })}`;
}

/** A time as a datetime-local field has it: the browser's own zone. */
function local(at) {
  const date = at ? new Date(at) : new Date(Date.now() + 30 * 60_000);
  date.setMinutes(date.getMinutes() - date.getTimezoneOffset());
  return date.toISOString().slice(0, 16);
}

/**
 * Ask for a plan.
 * @param save (plan) → Promise; called with the plan chosen, all null to take it back
 */
export function askPlan(plan, { categories, zone, save }) {
  const open = categories.filter((category) => category.state !== "confirmed");
  const option = (value, words, chosen) => element("option", { value, selected: value === chosen }, words);
  const kind = plan.outcome ? "outcome" : plan.on ? "on" : "at";
  const radio = (value, words) =>
    element("label", { class: "check" },
      element("input", { type: "radio", name: "kind", value, checked: value === kind }), words);
  const at = element("div", { "data-kind": "at" },
    element("label", {}, "Time ", element("span", { class: "hint" }, `your clock; the event is in ${zone}`),
      element("input", { type: "datetime-local", name: "at", value: local(plan.publish_at) })));
  const on = element("div", { "data-kind": "on" },
    element("label", {}, "Category",
      element("select", { name: "on" }, ...open.map((one) => option(one.id, one.name, plan.on?.category)))),
    element("label", {}, "When it",
      element("select", { name: "state" },
        ...Object.entries(labels.reached).map(([value, words]) => option(value, words, plan.on?.state)))));
  const chosen = plan.outcome && `${plan.outcome.category} ${plan.outcome.nominee}`;
  const outcome = element("div", { "data-kind": "outcome" },
    element("label", {}, "If this wins", element("select", { name: "outcome" },
      ...open.filter((one) => ["upcoming", "on_stage"].includes(one.state))
        .map((category) => element("optgroup", { label: category.name },
        ...category.nominees.map((nominee) => option(`${category.id} ${nominee.id}`, named(nominee), chosen)))))),
    element("p", { class: "hint" },
      "It goes out as the result’s text when this winner is announced. Texts for the others are put away then."));
  const panes = [at, on, outcome];
  const show = (value) => panes.forEach((pane) => { pane.hidden = pane.dataset.kind !== value; });
  const kinds = element("fieldset", {}, element("legend", {}, "It goes out by itself"),
    radio("at", "at a time"), radio("on", "when a category reaches a state"),
    radio("outcome", "as the text for a winner"));
  kinds.addEventListener("change", ({ target }) => show(/** @type {HTMLInputElement} */ (target).value));
  show(kind);
  /** @type {Parameters<typeof ask>[2]} */
  const answers = [["Set", async (answer) => {
    const none = { publish_at: null, on: null, outcome: null };
    const [category, nominee] = String(answer.get("outcome") ?? "").split(" ");
    const date = new Date(String(answer.get("at")));
    if (answer.get("kind") === "at" && Number.isNaN(date.getTime())) throw new Error("That is no time.");
    if (answer.get("kind") === "at" && date.getTime() < Date.now()) throw new Error("That time has passed.");
    await save({
      at: { ...none, publish_at: date.getTime() ? date.toISOString() : null },
      on: { ...none, on: { category: answer.get("on"), state: answer.get("state") } },
      outcome: { ...none, outcome: { category, nominee } },
    }[answer.get("kind")]);
  }]];
  if (planned(plan)) answers.push(["No longer by itself", () => save({ publish_at: null, on: null, outcome: null }),
    "other"]);
  return ask("When does it go out?", [kinds, ...panes], answers);
}
