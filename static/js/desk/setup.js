// The running order by drag and by Alt with the arrow keys. Without this, its buttons do the same.

import { newKey, send, Session } from "./api.js";
import { arm, guard } from "./arming.js";
import { $, around } from "./dom.js";
import { moved } from "./order.js";
import { prefix } from "../reader/site.js";

/** The event's start is a local time: its hint names the zone that the form has. */
const zone = /** @type {HTMLInputElement} */ ($("[name=timezone]"));
zone.addEventListener("input", () => { $("#starts-zone").textContent = zone.value && `, ${zone.value}`; });

guard(document);
for (const act of document.querySelectorAll(".confirm button")) arm(/** @type {HTMLElement} */ (act));
const office = $(".office");
const list = $("#order");
const said = $("#moved");
const { csrf = "", blog = "" } = office.dataset;
const session = new Session(csrf, `${prefix}/desk/${blog}/session`);
const rows = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(":scope > li[data-id]")]);
const ids = () => rows().map((row) => row.dataset.id ?? "");
let saved = ids(); // what the server has
let wanted = saved;
let turn = Promise.resolve(); // one save after the other: the last one must not be overtaken

/** @param {string[]} order */
function put(order) {
  const found = new Map(rows().map((row) => [row.dataset.id, row]));
  list.append(...order.map((id) => found.get(id)).filter((row) => row !== undefined));
  rows().forEach((row, at, all) => {
    const [up, down] = /** @type {NodeListOf<HTMLButtonElement>} */ (row.querySelectorAll(".head button"));
    [up.disabled, down.disabled] = [at === 0, at === all.length - 1];
  });
}

/**
 * Show an order, save it, and say where the row is now; what cannot be saved goes back.
 * @param {string[]} order
 * @param {HTMLElement} row
 */
function save(order, row) {
  put(order);
  if (order.join() === wanted.join()) return;
  wanted = order;
  turn = turn.then(async () => {
    if (wanted !== order) return; // a later one is on its way
    try {
      await send("PATCH", `${prefix}/api/v1/blogs/${blog}`, { order }, { session, key: newKey() });
      saved = order;
      const name = row.querySelector("h3")?.textContent;
      said.textContent = `${name} is number ${order.indexOf(row.dataset.id ?? "") + 1} now.`;
    } catch (error) {
      if (wanted === order) put(wanted = saved);
      said.textContent = error.message;
    }
  });
}

list.addEventListener("keydown", (event) => {
  const row = around(event, "li[data-id]");
  const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
  if (!row || !event.altKey || !step) return;
  event.preventDefault();
  const at = ids().indexOf(row.dataset.id ?? "");
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
