// The board on the page: categories, the tally and the winners so far.

import { tally, winnersOf } from "./board.js";
import { $, element, parse, swap } from "./elements.js";
import { words } from "./words.js";

export const categories = new Map();

/** What the page knows from the start. */
export const know = (known) => known.forEach((category) => categories.set(category.id, category));

/** Put a category's row in; answers with the news for those who do not see it, if there is any. */
export function putCategory(category) {
  const before = categories.get(category.id);
  categories.set(category.id, category);
  const old = $(`category-${category.id}`);
  const made = parse(category.html);
  if (old) swap(old, made);
  else $("board").append(made);
  for (const kicker of document.querySelectorAll(`a[data-category="${CSS.escape(category.id)}"]`)) kicker.textContent = category.name;
  return newsOf(before, category);
}

function newsOf(before, category) {
  const [was, is] = [before?.winners.join() ?? "", category.winners.join()];
  if (is && is !== was) return { category, text: words.won(category.name, winnersOf(category).map((winner) => winner.name).join(", ")) };
  return was && !is ? { category, text: words.withdrawn(category.name) } : null;
}

export function forget(kept) {
  for (const row of $("board").querySelectorAll("li.category")) if (!kept.has(row.dataset.id)) row.remove();
  for (const id of categories.keys()) if (!kept.has(id)) categories.delete(id);
}

/** Bring rows into running order, those that were taken off it away. Only what stands wrong moves: a moved row loses the keyboard. */
export function putOrder(order) {
  forget(new Set(order));
  const rows = order.map((id) => $(`category-${id}`)).filter(Boolean);
  rows.forEach((row, n) => { if ($("board").children[n] !== row) $("board").insertBefore(row, $("board").children[n]); });
}

/** All that follows from the categories: tally and winners so far. */
export function putDerived({ order, film }) {
  const inOrder = order.map((id) => categories.get(id)).filter(Boolean);
  const rows = tally(inOrder, film);
  putOwn(film && rows[0]);
  $("tally").replaceChildren(...rows.filter((row) => row.won && row.film !== film).map(lineOf));
  const decided = inOrder.filter((category) => category.winners.length);
  $("winners").hidden = decided.length === 0;
  $("winners").querySelector("ul").replaceChildren(...decided.map(decisionOf));
}

function putOwn(row) {
  $("tally-own").hidden = !row;
  if (!row) return;
  const marks = "●".repeat(row.won) + "○".repeat(row.nominated - row.won);
  $("tally-own").replaceChildren(
    element("cite", row.film), " ", element("strong", words.tally(row.won, row.nominated)), " ",
    element("span", marks, { class: "marks", "aria-hidden": "true" }),
  );
}

function lineOf(row) {
  const item = element("li", "");
  item.append(element("cite", row.film), ` ${words.tally(row.won, row.nominated)}`);
  return item;
}

function decisionOf(category) {
  const item = element("li", "", { "data-category": category.id });
  const names = winnersOf(category).flatMap((winner, n) => [n ? ", " : "", element("strong", winner.name)]);
  item.append(element("a", category.name, { href: `#category-${category.id}` }), " ", ...names);
  return item;
}
