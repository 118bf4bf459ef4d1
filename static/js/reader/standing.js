// The board on the page: its rows, the winners so far and the tally. The server makes their markup; here it is put in place.

import { $, find, parse, parseAll, swap } from "./elements.js";
import { namesOf, winnersKey } from "./winners.js";
import { words } from "./words.js";

export const categories = new Map();
const rows = $("board");
const winners = find("winners"); // a frame has none
const decisions = winners?.querySelector("ul");

/** What the page knows from the start. */
export const know = (known) => known.forEach((category) => categories.set(category.id, category));

/**
 * Bring the board to what the objects say.
 * @param order ids of categories, in running order
 * @returns the news for those who do not see it: [{category, text}]
 */
export function putBoard(objects, order) {
  const changed = objects.filter((object) => object.kind === "category" && !object.removed);
  const news = changed.map(putCategory).filter(Boolean);
  putOrder(order);
  const tally = objects.map((object) => object.tally).filter(Boolean).at(-1);
  for (const made of parseAll(tally ?? "")) $(made.id).replaceWith(made);
  return news;
}

/** Put a category's row and its winners in; answers with its news, or null. */
function putCategory(category) {
  const before = categories.get(category.id);
  categories.set(category.id, category);
  putItem(rows, category.id, category.html);
  if (decisions) putItem(decisions, category.id, category.decision);
  for (const kicker of document.querySelectorAll(`a[data-category="${CSS.escape(category.id)}"]`)) kicker.textContent = category.name;
  return newsOf(before, category);
}

const itemOf = (list, id) => [...list.children].find((item) => item.dataset.id === id);

function putItem(list, id, html) {
  const old = itemOf(list, id);
  if (!html) old?.remove();
  else if (old) swap(old, parse(html));
  else list.append(parse(html));
}

function newsOf(before, category) {
  const [was, is] = [before ? winnersKey(before) : "", winnersKey(category)];
  if (is && is !== was) return { category, text: words.won(category.name, namesOf(category)) };
  return was && !is ? { category, text: words.withdrawn(category.name) } : null;
}

/** Bring rows and winners into running order, and take away what is not in it. */
function putOrder(order) {
  for (const id of categories.keys()) if (!order.includes(id)) categories.delete(id);
  sort(rows, order);
  if (!decisions) return;
  sort(decisions, order);
  winners.hidden = decisions.children.length === 0;
}

/** Only what stands wrong moves: a moved row loses the keyboard. */
function sort(list, order) {
  for (const item of [...list.children]) if (!order.includes(item.dataset.id)) item.remove();
  const items = order.map((id) => itemOf(list, id)).filter(Boolean);
  items.forEach((item, n) => { if (list.children[n] !== item) list.insertBefore(item, list.children[n]); });
}
