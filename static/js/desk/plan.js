// When a draft goes out by itself: at a time, when a category reaches a state, or as the text for one outcome.

import { ask } from "./dialog.js";
import { element } from "./dom.js";
import { labels } from "./labels.js";
import { named } from "./state.js";

/** @import { Category, Plan } from "./desk.d.ts" */

/**
 * @typedef {"at" | "on" | "outcome"} Kind at a time, when a category reaches a state, or as the text for a winner
 */

/** @type {Plan} */
const NONE = { publish_at: null, on: null, outcome: null };

/**
 * The plan of a draft, with null for what it has not; a post has none.
 * @param {(Partial<Plan> & {kind?: string}) | null | undefined} draft
 * @returns {Plan}
 */
export const planOf = (draft) =>
  ({ publish_at: draft?.publish_at ?? null, on: draft?.on ?? null, outcome: draft?.outcome ?? null });

/** @param {Plan} plan */
export const planned = (plan) => Boolean(plan.publish_at || plan.on || plan.outcome);

/**
 * A plan in words; empty for none.
 * @param {Plan} plan
 * @param {{categories: Category[], zone: string}} blog `zone` is the event's
 */
export function inWords({ outcome, on, publish_at }, { categories, zone }) {
  /** @param {string} id */
  const of = (id) => categories.find((category) => category.id === id);
  if (outcome) {
    const category = of(outcome.category);
    const nominee = category?.nominees.find((one) => one.id === outcome.nominee);
    return `if ${nominee ? named(nominee) : outcome.nominee} wins ${category?.name ?? outcome.category}`;
  }
  if (on) return `when ${of(on.category)?.name ?? on.category} ${labels.reached[on.state]}`;
  return publish_at ? `at ${clock(publish_at, zone)}` : "";
}

/** `7:30 PM PST`, with the date unless it is today there. @param {string} at @param {string} zone */
function clock(at, zone) {
  /** @param {Date} date */
  const day = (date) => new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(date);
  const date = new Date(at);
  /** @param {Intl.DateTimeFormatOptions} parts */
  const words = (parts) => new Intl.DateTimeFormat([], { timeZone: zone, ...parts }).format(date);
  const time = words({ hour: "numeric", minute: "2-digit", timeZoneName: "short" });
  return day(date) === day(new Date()) ? time
    : `${time}, ${words({ day: "numeric", month: "long" })}`;
}

/** A time as a datetime-local field has it: the browser's own zone. @param {string | null} at */
function local(at) {
  const date = at ? new Date(at) : new Date(Date.now() + 30 * 60_000);
  date.setMinutes(date.getMinutes() - date.getTimezoneOffset());
  return date.toISOString().slice(0, 16);
}

/**
 * Ask for a plan.
 * @param {Plan} plan
 * @param {object} options
 * @param {Category[]} options.categories
 * @param {string} options.zone the event's
 * @param {(plan: Plan) => Promise<void>} options.save called with the plan chosen, all null to take it back
 */
export function askPlan(plan, { categories, zone, save }) {
  const open = categories.filter((category) => category.state !== "confirmed");
  const panes = [timePane(plan, zone), statePane(plan, open), outcomePane(plan, open)];
  /** @param {string} kind */
  const show = (kind) => panes.forEach((pane) => { pane.hidden = pane.dataset.kind !== kind; });
  const kind = plan.outcome ? "outcome" : plan.on ? "on" : "at";
  const kinds = kindChoice(kind);
  kinds.addEventListener("change", ({ target }) => show(/** @type {HTMLInputElement} */ (target).value));
  show(kind);
  /** @type {Parameters<typeof ask>[2]} */
  const answers = [["Set", (answer) => save(chosen(answer))]];
  if (planned(plan)) answers.push(["No longer by itself", () => save(NONE), "other"]);
  return ask("When does it go out?", [kinds, ...panes], answers);
}

/** The plan that was filled in. @param {FormData} answer @returns {Plan} */
function chosen(answer) {
  /** @param {string} name */
  const of = (name) => String(answer.get(name) ?? "");
  const kind = /** @type {Kind} */ (of("kind"));
  if (kind === "on") return { ...NONE, on: { category: of("on"), state: of("state") } };
  if (kind === "outcome") {
    const [category, nominee] = of("outcome").split(" ");
    return { ...NONE, outcome: { category, nominee } };
  }
  const date = new Date(of("at"));
  if (Number.isNaN(date.getTime())) throw new Error("That is no time: fill in the day and the time.");
  if (date.getTime() < Date.now()) throw new Error("That time has passed: choose a later one, or publish now.");
  return { ...NONE, publish_at: date.toISOString() };
}

/** @param {Kind} chosen */
function kindChoice(chosen) {
  /** @param {Kind} value @param {string} words */
  const radio = (value, words) =>
    element("label", { class: "check" },
      element("input", { type: "radio", name: "kind", value, checked: value === chosen }), words);
  return element("fieldset", {}, element("legend", {}, "It goes out by itself"),
    radio("at", "at a time"), radio("on", "when a category reaches a state"),
    radio("outcome", "as the text for a winner"));
}

/** @param {string} value @param {string} words @param {string | null | undefined} chosen */
const option = (value, words, chosen) => element("option", { value, selected: value === chosen }, words);

/** @param {Plan} plan @param {string} zone */
const timePane = (plan, zone) => element("div", { "data-kind": "at" },
  element("label", {}, "Time ", element("span", { class: "hint" }, `your clock; the event is in ${zone}`),
    element("input", { type: "datetime-local", name: "at", value: local(plan.publish_at) })));

/** @param {Plan} plan @param {Category[]} open */
const statePane = (plan, open) => element("div", { "data-kind": "on" },
  element("label", {}, "Category",
    element("select", { name: "on" }, ...open.map((one) => option(one.id, one.name, plan.on?.category)))),
  element("label", {}, "When it",
    element("select", { name: "state" },
      ...Object.entries(labels.reached).map(([value, words]) => option(value, words, plan.on?.state)))));

/** @param {Plan} plan @param {Category[]} open */
function outcomePane(plan, open) {
  const chosen = plan.outcome && `${plan.outcome.category} ${plan.outcome.nominee}`;
  return element("div", { "data-kind": "outcome" },
    element("label", {}, "If this wins", element("select", { name: "outcome" },
      ...open.filter((one) => ["upcoming", "on_stage"].includes(one.state))
        .map((category) => element("optgroup", { label: category.name },
          ...category.nominees.map((nominee) => option(`${category.id} ${nominee.id}`, named(nominee), chosen)))))),
    element("p", { class: "hint" },
      "It goes out as the result’s text when this winner is announced. Texts for the others are put away then."));
}
