// When a draft goes out by itself: at a time, when a category reaches a state, or as the text for one outcome.

import { ask } from "./dialog.js";
import { element } from "./dom.js";
import { labels } from "./labels.js";
import { named } from "./state.js";
import { clock, hereToo, instants, place, wall } from "./times.js";

/** @import { Category, Plan } from "./desk.d.ts" */

/**
 * @typedef {"at" | "on" | "outcome"} Kind at a time, when a category reaches a state, or as the text for a winner
 */

const MINUTE = 60_000; // ms
const HALF_AN_HOUR = 30 * MINUTE;

const LEFT_OUT = "The clocks go forward and leave that time out: choose another one.";
const PASSED = "That time has passed: choose a later one, or publish now.";

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
  return publish_at ? `on ${hereToo(publish_at, zone)}` : "";
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
  if (!of("at")) throw new Error(of("wall") ? LEFT_OUT : "That is no time: fill in the day and the time.");
  const at = Number(of("at"));
  if (at < Date.now()) throw new Error(PASSED);
  return { ...NONE, publish_at: new Date(at).toISOString() };
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

/**
 * The time is entered in event time. The answer's `at` is the moment that was chosen, in ms since 1970; none for a time
 * that the clocks there leave out.
 * @param {Plan} plan
 * @param {string} zone
 */
function timePane(plan, zone) {
  const planned = plan.publish_at ? Date.parse(plan.publish_at) : Date.now() + HALF_AN_HOUR;
  const field = element("input", { name: "wall", type: "datetime-local", value: wall(planned, zone) });
  const choice = element("select", { name: "at" });
  const twice = element("label", {}, "The clocks show this time twice", choice);
  const says = element("p", { class: "hint", role: "status" });
  const tell = () => {
    const at = Number(choice.value);
    const left = field.value && `The clocks in ${place(zone)} go forward and leave this time out: choose another one.`;
    says.textContent = !at ? left : at < Date.now() ? PASSED : `It goes out on ${hereToo(at, zone)}.`;
  };
  /** @param {number} [chosen] */
  const offer = (chosen) => {
    const found = instants(field.value, zone);
    choice.replaceChildren(...found.map((one) => option(String(one), clock(one, zone), String(chosen))));
    twice.hidden = found.length < 2;
    tell();
  };
  field.addEventListener("input", () => offer());
  choice.addEventListener("change", tell);
  offer(Math.floor(planned / MINUTE) * MINUTE);
  return element("div", { "data-kind": "at" },
    element("label", {}, "Time ", element("span", { class: "hint" }, `in ${place(zone)}, the event’s`), field),
    twice, says);
}

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
