// The menu of names under the text: it opens by `@` or `/`, follows what is typed, and puts in what is chosen.

import { element } from "./dom.js";
import { offers, question } from "./name_search.js";
import { put } from "./toolbar.js";

/**
 * @param categories () → the blog's categories; chosen () → the id of the one that the text is about
 */
export function nameMenu({ field, list, open, categories, chosen }) {
  let asked; // the question that is being answered
  let found = [];
  let at = 0;
  let refused = -1; // a sign that was escaped from stays a sign

  function close() {
    asked = undefined;
    list.hidden = true;
    list.replaceChildren();
    field.removeAttribute("aria-activedescendant");
  }

  function look() {
    const next = field.selectionStart === field.selectionEnd ? question(field.value, field.selectionStart) : undefined;
    if (!next || next.from === refused) return close();
    refused = -1;
    found = offers(next.query, categories(), chosen());
    if (!found.length) return close();
    asked = next;
    at = 0;
    return draw();
  }

  function draw() {
    list.replaceChildren(...found.map(({ label, hint }, n) =>
      element("li", { role: "option", id: `name-${n}`, "aria-selected": String(n === at),
          onmousedown: (event) => { event.preventDefault(); choose(n); } },
      label, " ", element("span", { class: "hint" }, hint))));
    list.hidden = false;
    field.setAttribute("aria-activedescendant", `name-${at}`);
  }

  function choose(n) {
    const { put: words } = found[n];
    const from = asked.from;
    const text = `${words} `;
    close();
    put(field, { from, to: field.selectionStart, put: text, select: [from + text.length, from + text.length] });
  }

  field.addEventListener("input", look);
  field.addEventListener("click", () => { if (asked) look(); });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (!asked || event.isComposing || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at = (at + step + found.length) % found.length;
    else if (event.key === "Escape") refused = asked.from;
    else if (event.key !== "Enter" && event.key !== "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (step) draw();
    else if (event.key === "Escape") close();
    else choose(at);
  }, true);

  open.addEventListener("click", () => {
    const from = field.selectionStart;
    const before = field.value.slice(0, from);
    const sign = before && !/[\s(]$/.test(before) ? " @" : "@";
    put(field, { from, to: field.selectionEnd, put: sign, select: [from + sign.length, from + sign.length] });
    look();
  });
}
