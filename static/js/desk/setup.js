// The running order by drag and by Alt with the arrow keys. Without this, its buttons do the same.

import { newKey, send, Session } from "./api.js";
import { arm, guard } from "./arming.js";
import { $ } from "./dom.js";
import { moved } from "./order.js";

guard(document);
for (const act of document.querySelectorAll(".confirm button")) arm(act);
const office = $(".office");
const list = $("#order");
const said = $("#moved");
const session = new Session(office.dataset.csrf, `/desk/${office.dataset.blog}/session`);
/** @returns {HTMLElement[]} */
const rows = () => [...list.querySelectorAll(":scope > li[data-id]")];
const ids = () => rows().map((row) => row.dataset.id);
let saved = ids(); // what the server has
let wanted = saved;
let turn = Promise.resolve(); // one save after the other: the last one must not be overtaken

function put(order) {
  const found = new Map(rows().map((row) => [row.dataset.id, row]));
  list.append(...order.map((id) => found.get(id)));
  rows().forEach((row, at, all) => {
    const [up, down] = /** @type {NodeListOf<HTMLButtonElement>} */ (row.querySelectorAll(".head button"));
    [up.disabled, down.disabled] = [at === 0, at === all.length - 1];
  });
}

/** Show an order, save it, and say where the row is now; what cannot be saved goes back. */
function save(order, row) {
  put(order);
  if (order.join() === wanted.join()) return;
  wanted = order;
  turn = turn.then(async () => {
    if (wanted !== order) return; // a later one is on its way
    try {
      await send("PATCH", `/api/v1/blogs/${office.dataset.blog}`, { order }, { session, key: newKey() });
      saved = order;
      said.textContent = `${row.querySelector("h3").textContent} is number ${order.indexOf(row.dataset.id) + 1} now.`;
    } catch (error) {
      if (wanted === order) put(wanted = saved);
      said.textContent = error.message;
    }
  });
}

list.addEventListener("keydown", (event) => {
  const row = event.target.closest("li[data-id]");
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!row || !event.altKey || !step) return;
  event.preventDefault();
  const at = ids().indexOf(row.dataset.id);
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  if (at + step < 0 || at + step >= ids().length) return;
  save(moved(ids(), at, at + step), row);
  focused?.focus();
});

/** @type {HTMLElement | null} */
let dragged = null;
list.addEventListener("dragover", (event) => { if (dragged) event.preventDefault(); });
list.addEventListener("drop", (event) => event.preventDefault());
for (const row of rows()) {
  row.draggable = true;
  row.addEventListener("dragstart", (event) => {
    if (event.target !== row || !event.dataTransfer) return;
    dragged = row;
    row.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", row.dataset.id ?? "");
  });
  row.addEventListener("dragover", (event) => {
    if (!dragged || dragged === row) return;
    event.preventDefault();
    const { top, height } = row.getBoundingClientRect();
    list.insertBefore(dragged, event.clientY < top + height / 2 ? row : row.nextSibling);
  });
  row.addEventListener("dragend", (event) => {
    row.classList.remove("dragged");
    dragged = null;
    if (event.dataTransfer?.dropEffect === "none") put(wanted); // Escape, or dropped elsewhere
    else save(ids(), row);
  });
  for (const field of row.querySelectorAll("input, textarea")) { // marking text in a field is no drag
    field.addEventListener("focus", () => { row.draggable = false; });
    field.addEventListener("blur", () => { row.draggable = true; });
  }
}
