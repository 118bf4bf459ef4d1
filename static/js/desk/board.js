// The board: what may be done with a category in its state, and the dialogs for calling and recalling a winner.

import { ask } from "./dialog.js";
import { $, button, element, fill, publicly } from "./dom.js";
import { labels } from "./labels.js";
import { named, winners } from "./state.js";

/** The board's list; returns {show(), call()}: `call` opens the question for the category on stage. */
export function board(/** @type {import("./desk.d.ts").Desk} */ desk, list) {
  const act = (category, name, body, words) => desk.act({
    kind: name, method: "POST", path: `/categories/${category.id}/${name}`, body, match: category.seq,
    subject: `category:${category.id}`, words: words ?? `${labels.command[name]} ${category.name}`,
  });
  const attempt = (category, name) => () =>
    desk.rowActs.attempt(`category:${category.id}`, name, () => act(category, name, {}));

  /** Who wins? With one nominee chosen already only the text is left to be looked at. */
  function call(category, first) {
    const text = element("div", { class: "result-text", "aria-live": "polite" });
    const fields = choices(category, "The winner, or the winners of a tie", first);
    const show = () => {
      const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (fields.querySelectorAll(":checked"));
      const chosen = [...boxes].map((box) =>
        category.nominees.find((one) => one.id === box.value));
      text.replaceChildren(...resultText(desk, category, chosen));
      for (const place of text.querySelectorAll("[data-draft]")) render(place);
    };
    // The text is there at once; its marks become form when the server answers.
    const render = async (place) => {
      const draft = desk.drafts.objects.get(`draft:${place.dataset.draft}`);
      const answer = await desk.preview({ body: draft.body });
      const page = document.createElement("template");
      page.innerHTML = answer?.html ?? ""; // sanitised by the server
      const body = page.content.querySelector(".body");
      if (body) place.replaceChildren(...body.childNodes);
    };
    fields.addEventListener("change", show);
    show();
    const source = element("label", {}, "Who says so? ",
      element("span", { class: "hint" }, "for the call log; readers never see it"),
      element("input", { name: "source", maxlength: 200, autocomplete: "off" }));
    const parts = first ? [text,
      element("details", {}, element("summary", {}, "Another winner, a tie, or who says so"), fields, source)]
        : [fields, text, source];
    return ask(first ? `${category.name}: ${named(first)}` : `${category.name}: who wins?`, parts,
      [["Announce", (answer) => {
      const won = answer.getAll("winners");
      const who = category.nominees.filter((one) => won.includes(one.id)).map(named).join(" · ");
      const source = String(answer.get("source") ?? "").trim();
      return act(category, "announce", { winners: won, ...(source && { source }) },
        `Announce ${category.name}: ${who}`);
    }]], { ready: Boolean(first) });
  }

  const recall = (category) => () => ask(`Recall ${category.name}`, [
    element("p", {}, `Announced: ${winners(category).join(" · ")}`),
    element("label", {}, "What was wrong? ", element("span", { class: "hint" }, "readers see this"),
      element("input", { name: "note", required: true, maxlength: 1000, autocomplete: "off" })),
    choices(category, "The right winner, if known"),
    element("p", { class: "hint" }, "Choose none, and the category goes back on stage."),
  ], [["Recall", (answer) => {
    const right = answer.getAll("winners");
    return act(category, "recall", { note: answer.get("note"), ...(right.length && { winners: right }) });
  }, "bad"]]);

  /** On stage the nominees are at hand: one press chooses, a second one announces. */
  const stage = (category) =>
    element("div", { class: "nominees", role: "group", "aria-label": `${category.name}: the winner is` },
    ...category.nominees.map((nominee) => button(/** @type {Node[]} */ ([
      element("strong", {}, nominee.name), nominee.film !== nominee.name && element("cite", {}, nominee.film),
      desk.prepared(category, nominee) && element("span", { class: "mark" }, "text ready"),
    ].filter(Boolean)), () => call(category, nominee), "nominee")));

  function acts(category) {
    return {
      upcoming: () => [publicly("Put on stage", attempt(category, "on-stage")),
        button("Call winner", () => call(category), "quiet")],
      on_stage: () => [button("Call winner", () => call(category), category.nominees.length ? "quiet" : "main")],
      announced: () => [publicly("Confirm", attempt(category, "confirm"), "main"),
        button("Recall", recall(category), "bad")],
      confirmed: () => [button("Recall", recall(category), "bad quiet")],
    }[category.state]();
  }

  function item(category) {
    const won = winners(category);
    const wrong = category.corrections.at(-1);
    return element("li", { "data-state": category.state },
      element("h3", { tabindex: "-1" }, category.name),
      element("p", { class: "state" }, labels.state[category.state], wrong && " · corrected"),
      won.length > 0 && element("p", { class: "winner" }, won.join(" · ")),
      wrong && element("p", { class: "hint" }, wrong.note),
      desk.editor && category.state === "on_stage" && stage(category),
      desk.editor && element("div", { class: "row" }, ...acts(category)),
      desk.rowActs.problem(`category:${category.id}`));
  }

  function show() {
    const { categories } = desk.state;
    if (!categories.length) return list.replaceChildren(element("li", { class: "hint" }, "No categories yet."));
    return fill(list, categories.map((category) =>
      [`category:${category.id}`, `${category.seq} ${textVersions(desk, category)}`, () => item(category)]));
  }

  return {
    show,
    call() {
      const found = desk.state.categories.find((category) => category.state === "on_stage");
      if (found && desk.editor) call(found);
      else $("#board-title").focus();
    },
  };
}

/** Another value whenever a prepared text of the category is another one. */
const textVersions = (desk, category) =>
  category.nominees.map((nominee) => desk.prepared(category, nominee)?.seq ?? 0).join(" ");

const choices = (category, legend, first) =>
  element("fieldset", {}, element("legend", {}, legend), ...category.nominees.map((nominee) =>
  element("label", { class: "check" },
    element("input", { type: "checkbox", name: "winners", value: nominee.id, checked: nominee === first }),
    named(nominee))));

/** What readers will get: the prepared text of each winner, or the plain sentence. */
function resultText(desk, category, chosen) {
  if (!chosen.length) return [];
  const prepared = chosen.map((nominee) => desk.prepared(category, nominee)).filter(Boolean);
  if (!prepared.length) return [element("p", { class: "hint" }, "No text is prepared: readers get the plain result."),
    element("blockquote", {},
      element("strong", {}, `${category.name}: ${chosen.map((one) => one.name).join(" and ")}`))];
  return [element("p", { class: "hint" }, "This text goes out:"), ...prepared.map((draft) => element("blockquote", {},
    draft.headline && element("strong", {}, draft.headline),
    element("div", { "data-draft": draft.id }, element("p", {}, draft.body))))];
}
