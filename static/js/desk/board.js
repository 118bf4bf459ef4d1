// The board: what may be done with a category in its state, and the dialogs for calling and recalling a winner.

import { ask } from "./dialog.js";
import { button, element, fill } from "./dom.js";
import { named, winners } from "./state.js";

const WORDS = { upcoming: "Upcoming", on_stage: "On stage now", announced: "Provisional", confirmed: "Confirmed" };

/** The board's list; returns the function that shows its present state. */
export function board(desk, list) {
  const act = (category, name, body, waiting) =>
    desk.act("POST", `/categories/${category.id}/${name}`, body, { match: category.seq, waiting });
  const attempt = (category, name) => () =>
    desk.rows.attempt(`category:${category.id}`, (waiting) => act(category, name, {}, waiting));

  const call = (category) => () => ask(`${category.name}: who wins?`, [choices(category, "The winner, or the winners of a tie")],
    [["Announce", (answer, waiting) => act(category, "announce", { winners: answer.getAll("winners") }, waiting)]]);

  const recall = (category) => () => ask(`Recall ${category.name}`, [
    element("p", {}, `Announced: ${winners(category).join(" · ")}`),
    element("label", {}, "What was wrong? ", element("span", { class: "hint" }, "readers see this"),
      element("input", { name: "note", required: true, maxlength: 1000, autocomplete: "off" })),
    choices(category, "The right winner, if known"),
    element("p", { class: "hint" }, "Choose none, and the category goes back on stage."),
  ], [["Recall", (answer, waiting) => {
    const right = answer.getAll("winners");
    return act(category, "recall", { note: answer.get("note"), ...(right.length && { winners: right }) }, waiting);
  }, "bad"]]);

  function acts(category) {
    return {
      upcoming: () => [button("Put on stage", attempt(category, "on-stage")), button("Call winner", call(category))],
      on_stage: () => [button("Call winner", call(category), "main")],
      announced: () => [button("Confirm", attempt(category, "confirm"), "main"), button("Recall", recall(category), "bad")],
      confirmed: () => [button("Recall", recall(category), "bad")],
    }[category.state]();
  }

  function item(category) {
    const won = winners(category);
    const wrong = category.corrections.at(-1);
    return element("li", { "data-state": category.state },
      element("h3", {}, category.name),
      element("p", { class: "state" }, WORDS[category.state], wrong && " · corrected"),
      won.length > 0 && element("p", { class: "winner" }, won.join(" · ")),
      wrong && element("p", { class: "hint" }, wrong.note),
      desk.editor && element("div", { class: "row" }, ...acts(category)),
      desk.rows.line(`category:${category.id}`));
  }

  return () => {
    const { categories } = desk.state;
    if (!categories.length) return list.replaceChildren(element("li", { class: "hint" }, "No categories yet. They come with liveblog blog create --night, or through the API."));
    return fill(list, categories.map((category) => [`category:${category.id}`, category.seq, () => item(category)]));
  };
}

const choices = (category, legend) => element("fieldset", {}, element("legend", {}, legend), ...category.nominees.map((nominee) =>
  element("label", { class: "check" }, element("input", { type: "checkbox", name: "winners", value: nominee.id }), named(nominee))));
