// The questions about a winner: who wins, and what was wrong with a result.

import { step } from "./asked.js";
import { ask } from "./dialog.js";
import { element } from "./dom.js";
import { labels } from "./labels.js";
import { named, winners } from "./state.js";

/** @import { Category, Draft, Nominee, Workspace } from "./desk.d.ts" */

/**
 * @typedef {Pick<Workspace, "act" | "api" | "timelines">} Shared
 */

/**
 * Who wins? With one nominee chosen already only the text is left to be looked at.
 * @param {Shared} shared
 * @param {Category} category
 * @param {Nominee} [first]
 */
export function askWinner(shared, category, first) {
  const text = element("div", { class: "result-text", "aria-live": "polite" });
  const fields = choices(category, "The winner, or the winners of a tie", first);
  const source = sourceField();
  const show = () => showText(shared, category, { fields, text });
  fields.addEventListener("change", show);
  show();
  const more = element("details", {}, element("summary", {}, "Another winner, a tie, or who says so"), fields, source);
  return ask(first ? `${category.name}: ${named(first)}` : `${category.name}: who wins?`,
    first ? [text, more] : [fields, text, source],
    [["Announce", (answer) => shared.act(announcement(category, answer))]], { ready: Boolean(first) });
}

/** @param {Category} category @param {FormData} answer */
function announcement(category, answer) {
  const won = answer.getAll("winners");
  const who = category.nominees.filter((one) => won.includes(one.id)).map(named).join(" · ");
  const source = String(answer.get("source") ?? "").trim();
  const asked = step(category, "announce", labels.command.announce, { winners: won, ...(source && { source }) });
  return { ...asked, words: `${asked.words}: ${who}` };
}

/**
 * What was wrong, and who has really won?
 * @param {Pick<Shared, "act">} shared
 * @param {Category} category
 */
export function askRecall({ act }, category) {
  return ask(`Recall ${category.name}`, [
    element("p", {}, `Announced: ${winners(category).join(" · ")}`),
    element("label", {}, "What was wrong? ", element("span", { class: "hint" }, "readers see this"),
      element("input", { name: "note", required: true, maxlength: 1000, autocomplete: "off" })),
    choices(category, "The right winner, if known"),
    element("p", { class: "hint" }, "Choose none, and the category goes back on stage."),
  ], [["Recall", (answer) => {
    const right = answer.getAll("winners");
    const body = { note: answer.get("note"), ...(right.length && { winners: right }) };
    return act(step(category, "recall", labels.command.recall, body));
  }, "bad"]]);
}

const sourceField = () => element("label", {}, "Who says so? ",
  element("span", { class: "hint" }, "for the call log; readers never see it"),
  element("input", { name: "source", maxlength: 200, autocomplete: "off" }));

/** @param {Category} category @param {string} legend @param {Nominee} [first] */
const choices = (category, legend, first) =>
  element("fieldset", {}, element("legend", {}, legend), ...category.nominees.map((nominee) =>
  element("label", { class: "check" },
    element("input", { type: "checkbox", name: "winners", value: nominee.id, checked: nominee === first }),
    named(nominee))));

/**
 * Show what readers will get. The text is there at once; its form comes when the server answers.
 * @param {Shared} shared
 * @param {Category} category
 * @param {{fields: HTMLElement, text: HTMLElement}} places
 */
function showText({ api, timelines }, category, { fields, text }) {
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (fields.querySelectorAll(":checked"));
  const ids = new Set([...boxes].map((box) => box.value));
  const chosen = category.nominees.filter((one) => ids.has(one.id));
  const drafts = chosen.map((nominee) => timelines.prepared(category, nominee)).filter((draft) => draft !== undefined);
  text.replaceChildren(...(drafts.length ? preparedText(api, drafts) : plainText(category, chosen)));
}

/** @param {Category} category @param {Nominee[]} chosen */
function plainText(category, chosen) {
  if (!chosen.length) return [];
  return [element("p", { class: "hint" }, "No text is prepared: readers get the plain result."),
    element("blockquote", {},
      element("strong", {}, `${category.name}: ${chosen.map((one) => one.name).join(" and ")}`))];
}

/** @param {Shared["api"]} api @param {Draft[]} drafts */
function preparedText(api, drafts) {
  return [element("p", { class: "hint" }, "This text goes out:"), ...drafts.map((draft) => {
    const body = element("div", {}, element("p", {}, draft.body));
    render(api, draft, body);
    return element("blockquote", {}, draft.headline && element("strong", {}, draft.headline), body);
  })];
}

/** @param {Shared["api"]} api @param {Draft} draft @param {HTMLElement} place */
async function render(api, draft, place) {
  const answer = await api.preview({ body: draft.body });
  const page = document.createElement("template");
  page.innerHTML = answer?.html ?? ""; // sanitised by the server
  const body = page.content.querySelector(".body");
  if (body) place.replaceChildren(...body.childNodes);
}
