// The desk's screen: shows the state, asks before what cannot be undone, and sends acts.

import { io } from "/static/vendor/socket.io.esm.min.js";
import { newKey, send } from "./api.js";
import { State, winners } from "./state.js";

const root = document.querySelector("#desk");
const { blog: slug, csrf } = root.dataset;
const editor = root.dataset.editor === "yes";
const api = `/api/v1/blogs/${slug}`;
const state = new State();
const $ = (selector) => document.querySelector(selector);
const composer = $("#composer");
let editing = null; // the post being edited, as it was when editing began

// -- following

let asking = null;
function refresh() {
  asking ??= fetch(`${api}/changes?epoch=${state.epoch}&after=${state.seq}`, { cache: "no-store" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then((changes) => { state.take(changes); show(); })
    .catch(() => setConnection("reconnecting"))
    .finally(() => { asking = null; });
  return asking;
}

const setConnection = (text) => { $("#connection").textContent = text; };
const socket = io("/live", { transports: ["websocket"], auth: (give) => give({ blog: slug, ...(state.epoch && { epoch: state.epoch, seq: state.seq }) }) });
for (const event of ["sync", "change"]) socket.on(event, () => { setConnection("live"); refresh(); });
socket.on("head", ({ epoch, seq }) => { if (epoch !== state.epoch || seq !== state.seq) refresh(); });
socket.on("disconnect", () => setConnection("reconnecting"));
socket.on("connect_error", () => setConnection("checking every few seconds"));
setInterval(() => { if (!socket.connected) refresh(); }, 4000);
async function countReaders() {
  const answer = await fetch(`/desk/${slug}/readers`).catch(() => null);
  if (answer?.ok) $("#readers").textContent = (await answer.json()).readers;
}
setInterval(countReaders, 5000);

// -- showing

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const button = (label, act, kind) => element("button", { type: "button", class: kind, onclick: act }, label);

/** Replace a list's content but leave the keyboard where it was. */
function fill(list, items) {
  const at = document.activeElement;
  const row = at?.closest?.("li[data-ref]");
  const label = at?.textContent;
  list.replaceChildren(...items);
  if (row && list.querySelector(`[data-ref="${CSS.escape(row.dataset.ref)}"]`)) {
    const again = [...list.querySelectorAll(`[data-ref="${CSS.escape(row.dataset.ref)}"] button`)];
    (again.find((one) => one.textContent === label) ?? again[0])?.focus();
  }
}

function show() {
  if (!state.blog) return;
  $("#status").textContent = { draft: "draft", preview: "before the show", live: "live", ended: "ended" }[state.blog.status];
  fill($("#board"), state.categories.map(categoryItem));
  fill($("#posts"), state.posts.slice(0, 100).map(postItem));
  showStatusButtons();
  const select = composer.elements.category;
  const chosen = select.value;
  select.replaceChildren(element("option", { value: "" }, "none"), ...state.categories.map((c) => element("option", { value: c.id }, c.name)));
  select.value = chosen;
}

function showStatusButtons() {
  if (!editor) return;
  const next = { draft: [["Open to readers", "preview"]], preview: [["Start the night", "live"]], live: [["End the night", "ended"]], ended: [["Reopen", "live"]] };
  $("#status-buttons").replaceChildren(...next[state.blog.status].map(([label, status]) => button(label, async () => {
    if (await ask(`${label}?`, [])) run(() => send("PATCH", api, { status }, options()));
  }, "main")));
}

function categoryItem(category) {
  const acts = { upcoming: [["Put on stage", stage], ["Call winner", call]], on_stage: [["Call winner", call]], announced: [["Confirm", confirmResult], ["Recall", recall, "bad"]], confirmed: [["Recall", recall, "bad"]] };
  const words = { upcoming: "upcoming", on_stage: "on stage now", announced: "provisional", confirmed: "confirmed" };
  const won = winners(category);
  return element("li", { "data-ref": `category:${category.id}`, "data-state": category.state },
    element("h3", {}, category.name),
    element("span", { class: "state" }, words[category.state]),
    won.length ? element("div", { class: "winner" }, won.join(" · ")) : null,
    editor ? element("div", { class: "row" }, ...acts[category.state].map(([label, act, kind]) => button(label, () => act(category), kind))) : null);
}

function postItem(post) {
  const pinned = state.blog.pinned === post.id;
  const time = new Date(post.published_at);
  return element("li", { "data-ref": `post:${post.id}`, class: pinned ? "pinned" : undefined },
    element("time", { datetime: post.published_at }, time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
    element("span", { class: "meta" }, ` ${[post.type, post.key && "key moment", pinned && "pinned", post.byline].filter(Boolean).join(" · ")}`),
    post.headline ? element("h3", {}, post.headline) : null,
    element("div", { class: "text", tabindex: "0", role: "region", "aria-label": `Text of ${post.headline ?? "the update"}` }, post.body),
    ...post.corrections.map((c) => element("div", { class: "meta" }, `Correction: ${c.note}`)),
    editor ? element("div", { class: "row" },
      button("Edit", () => edit(post)),
      button(pinned ? "Unpin" : "Pin", () => run(() => send("PUT", `${api}/pin`, { post: pinned ? null : post.id }, options()))),
      button("Retract", () => retract(post), "bad")) : null);
}

// -- acting

const options = (more = {}) => ({ csrf, waiting: () => tell("Waiting for the line…"), ...more });
const tell = (text) => { $("#told").textContent = text; };

function complain(text) {
  const problem = composer.querySelector(".problem");
  problem.textContent = text;
  problem.hidden = !text;
}

/** Send an act and show what came of it. True when it went through. */
async function run(act) {
  complain("");
  try {
    await act();
    await refresh();
    return true;
  } catch (error) {
    complain(error.message);
    return false;
  }
}

/** Ask in a dialog; the fields' values, or null for no. */
function ask(title, fields, yes = "Yes") {
  const dialog = $("#ask");
  $("#ask-title").textContent = title;
  $("#ask-yes").textContent = yes;
  $("#ask-fields").replaceChildren(...fields);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => {
    done(dialog.returnValue === "yes" ? new FormData(dialog.querySelector("form")) : null);
  }, { once: true }));
}

const stage = (category) => run(() => send("POST", `${api}/categories/${category.id}/on-stage`, {}, options({ match: category.seq })));
const confirmResult = (category) => run(() => send("POST", `${api}/categories/${category.id}/confirm`, {}, options({ match: category.seq })));

const choices = (category, legend) => element("fieldset", {}, element("legend", {}, legend), ...category.nominees.map((nominee) =>
  element("label", {}, element("input", { type: "checkbox", name: "winners", value: nominee.id }), ` ${nominee.name} – ${nominee.film}`)));

async function call(category) {
  const answer = await ask(`${category.name}: who wins?`, [choices(category, "Winner, or winners of a tie")], "Announce");
  if (answer === null) return;
  await run(() => send("POST", `${api}/categories/${category.id}/announce`, { winners: answer.getAll("winners") }, options({ match: category.seq })));
}

async function recall(category) {
  const answer = await ask(`Recall ${category.name}`, [
    element("label", {}, "What was wrong? Readers see this.", element("input", { name: "note", required: true, maxlength: 1000 })),
    choices(category, "The right winner, if known"),
  ], "Recall");
  if (answer === null) return;
  const right = answer.getAll("winners");
  const body = { note: answer.get("note"), ...(right.length && { winners: right }) };
  await run(() => send("POST", `${api}/categories/${category.id}/recall`, body, options({ match: category.seq })));
}

async function retract(post) {
  const answer = await ask("Retract this update? Its text disappears everywhere at once.", [element("p", {}, post.headline ?? post.body.slice(0, 120))], "Retract");
  if (answer) await run(() => send("DELETE", `${api}/posts/${post.id}`, undefined, options())); // a takedown is never blocked
}

function edit(post) {
  editing = post;
  for (const name of ["headline", "body", "category", "byline"]) composer.elements[name].value = post[name] ?? "";
  composer.elements.key.checked = post.key;
  setEditing(true);
  composer.elements.body.focus();
}

function setEditing(on) {
  $("#composer-title").textContent = on ? "Edit the update" : "New update";
  composer.querySelector("[type=submit]").textContent = on ? "Save" : "Publish";
  composer.querySelector(".correction").hidden = $("#cancel").hidden = !on;
  if (on) return;
  editing = null;
  const { byline } = composer.elements;
  const kept = byline.value;
  composer.reset();
  byline.value = kept;
  $("#preview").hidden = true;
}

function written() {
  const { headline, body, category, byline, key } = composer.elements;
  return { headline: headline.value || null, body: body.value, category: category.value || null, byline: byline.value || null, key: key.checked };
}

let publishKey = newKey(); // kept until the publication is acknowledged: pressing again cannot publish twice
let pressed = "";

async function submit(event) {
  event?.preventDefault();
  if (!composer.reportValidity()) return;
  const text = written();
  if (editing) return save(text);
  if (JSON.stringify(text) !== pressed) { pressed = JSON.stringify(text); publishKey = newKey(); }
  const began = performance.now();
  const sent = await run(() => send("POST", `${api}/posts`, text, options({ key: publishKey })));
  if (!sent) return;
  pressed = "";
  setEditing(false);
  tell(`Published in ${Math.round(performance.now() - began)} ms.`);
}

async function save(text, match = editing.seq) {
  const note = composer.elements.correction.value.trim();
  const body = { ...text, ...(note && { correction: note }) };
  complain("");
  try {
    await send("PATCH", `${api}/posts/${editing.id}`, body, options({ match }));
  } catch (error) {
    if (error.problem?.code === "stale") return settle(text, error.problem.current);
    return complain(error.message);
  }
  setEditing(false);
  tell("Saved.");
  return refresh();
}

/** Somebody was faster: show both versions and let the editor decide. Whichever is chosen, the text typed is kept. */
async function settle(text, current) {
  const answer = await ask("This update was changed while you were editing", [element("div", { class: "versions" },
    element("div", {}, element("h3", {}, "Yours"), element("pre", {}, `${text.headline ?? ""}\n${text.body}`)),
    element("div", {}, element("h3", {}, "Theirs"), element("pre", {}, `${current.headline ?? ""}\n${current.body ?? "(retracted)"}`)))], "Save mine over theirs");
  if (answer) return save(text, current.seq);
  return undefined;
}

composer.addEventListener("submit", submit);
composer.addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && event.key === "Enter") submit(event); });
$("#cancel").addEventListener("click", () => setEditing(false));
$("#preview-button").addEventListener("click", async () => {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  const answer = await fetch(`/desk/${slug}/preview`, { method: "POST", headers, body: JSON.stringify({ body: composer.elements.body.value }) }).catch(() => null);
  if (!answer?.ok) return complain("The preview did not come; the line may be down.");
  $("#preview").innerHTML = (await answer.json()).html; // sanitised by the server, the readers' own rendering
  $("#preview").hidden = false;
  return undefined;
});
if (!editor) composer.querySelector("[type=submit]").disabled = true;
refresh();
countReaders();
