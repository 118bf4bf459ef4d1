// The composer: writes a new update, or edits one. What was typed is never lost: it stays, it is set aside in sight, or it is in the
// outbox; and all of it outlives the page.

import { differing, FIELDS } from "./conflict.js";
import { ask } from "./dialog.js";
import { button, element, say } from "./dom.js";
import { names } from "./names.js";
import { preview } from "./preview.js";
import { put, toolbar } from "./toolbar.js";
import { decide, titleOf } from "./versions.js";

const TYPED = ["headline", "body", "category", "byline"];
const KEEP = 300; // ms after the last key
const BYLINES = 12;

/** Returns {edit(post), use(text, target), restore(notes, open), insert(markdown), focus(), show()}. */
export function composer(desk, { form, title, section, list, asides, tell }) {
  const fields = form.elements;
  const problem = form.querySelector(".problem");
  const submit = form.querySelector("[type=submit]");
  const cancel = form.querySelector("#cancel");
  let target = null; // {kind, id, base}: what is being edited, as it was when editing began; null: a new update
  let busy = false;
  let notes = null;
  let timer = null;

  // -- the fields

  /** As the API takes them; an empty line is null. */
  function written() {
    const text = Object.fromEntries(TYPED.map((name) => [name, fields[name].value.trim() ? fields[name].value : null]));
    return { ...text, body: fields.body.value, key: fields.key.checked, ...(!target && { type: fields.type.value }) };
  }

  function fillIn(text) {
    for (const name of TYPED) fields[name].value = text[name] ?? "";
    fields.key.checked = text.key ?? false;
    fields.type.value = ["update", "notice"].includes(text.type) ? text.type : "update";
    live.changed();
  }

  const base = () => target?.base ?? {};
  const unsaved = () => {
    const text = written();
    if (!target) return Boolean(text.headline || text.body.trim());
    return differing(Object.fromEntries(FIELDS.filter((name) => name in text).map((name) => [name, base()[name]])), text).length > 0 || fields.correction.value !== "";
  };

  /** Turn to something else; the fields stay as they are. */
  function turnTo(next) {
    target = next;
    title.textContent = next ? "Edit the update" : "New update";
    if (submit) submit.textContent = next ? "Save" : "Publish";
    form.querySelector(".correction").hidden = cancel.hidden = !next;
    fields.type.closest("label").hidden = Boolean(next);
    fields.correction.value = "";
    say(problem, "");
    form.dispatchEvent(new CustomEvent("target", { bubbles: true, detail: next && `${next.kind}:${next.id}` }));
  }

  function clear() {
    turnTo(null);
    fillIn({ byline: fields.byline.value || fields.byline.defaultValue });
    keep();
  }

  // -- keeping what was typed in this browser

  function keep() {
    clearTimeout(timer);
    timer = null;
    if (!notes) return;
    if (!unsaved()) notes.drop();
    else if (!notes.keep({ at: Date.now(), text: { ...written(), correction: fields.correction.value }, target })) tell("This browser keeps nothing: do not close the page before this is published.");
  }

  function changed() {
    live.changed();
    timer ??= setTimeout(keep, KEEP);
  }

  /** Put back what this tab held before it was reloaded or crashed, and show what other tabs left behind. */
  function restore(found, open) {
    notes = found;
    for (const { name, note } of notes.aside(open)) box(name, note);
    const note = notes.kept();
    if (!note) return keep();
    if (unsaved()) return box(notes.setAside({ title: "Unfinished update", ...note }), note);
    turnTo(note.target);
    fillIn(note.text);
    fields.correction.value = note.text.correction ?? "";
    return tell("Restored as you left it.");
  }

  // -- setting aside

  function setAside(heading, text, of) {
    const note = { at: Date.now(), title: heading, text, target: of };
    box(notes?.setAside(note), note);
  }

  function box(name, note) {
    const at = new Date(note.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const away = () => {
      shown.remove();
      if (name) notes.remove(name);
    };
    const shown = element("section", { class: "aside" },
      element("h3", {}, note.title ?? "Unfinished update", " ", element("span", { class: "hint" }, at)),
      element("pre", { tabindex: "0" }, [note.text.headline, note.text.body].filter(Boolean).join("\n\n")),
      element("div", { class: "row" }, button("Use this text", () => { away(); use(note.text, note.target); }), button("Discard", away)));
    asides.append(shown);
  }

  function leave() {
    if (unsaved()) setAside(target ? "Changes not saved" : "Unfinished update", written(), target);
  }

  /** Take a text into the composer; what was begun there is set aside. */
  function use(text, next) {
    leave();
    turnTo(next ?? null);
    fillIn(text);
    if (text.correction) fields.correction.value = text.correction;
    keep();
    form.scrollIntoView({ block: "nearest" });
    fields.body.focus();
  }

  function edit(post) {
    if (busy) return say(problem, "One moment, still sending.");
    desk.turnTo("write");
    return use(post, { kind: "post", id: post.id, base: post });
  }

  // -- sending

  async function send() {
    if (busy || !desk.editor || !form.reportValidity()) return;
    busy = true;
    submit.setAttribute("aria-disabled", "true");
    say(problem, "");
    tell(target ? "Saving…" : "Publishing…");
    try {
      await (target ? save() : publish());
    } catch (error) {
      tell("");
      say(problem, error.message);
    } finally {
      busy = false;
      submit.removeAttribute("aria-disabled");
    }
  }

  const sent = (text) => JSON.stringify({ ...written(), correction: fields.correction.value }) === text;

  /** The text has gone on its way: make room for the next one, unless somebody typed on. */
  function done(text, words, more) {
    remember(fields.byline.value.trim());
    if (!sent(text)) return tell(`${words} What you typed since is still here.`, more);
    clear();
    return tell(words, more);
  }

  async function publish() {
    const began = performance.now();
    const body = written();
    const text = JSON.stringify({ ...body, correction: "" });
    const answer = await desk.act({ kind: "publish", method: "POST", path: "/posts", body, words: `Publish “${titleOf(body)}”`, edit: { text: body, target: null } });
    if (answer.kept) return done(text, "In the outbox: it goes out when the line is back.");
    desk.published?.(answer);
    return done(text, `Published in ${Math.round(performance.now() - began)} ms.`, desk.undo?.(answer));
  }

  async function save() {
    const of = target;
    const note = fields.correction.value.trim();
    const typed = written();
    const body = note ? { ...typed, correction: note } : typed;
    const text = JSON.stringify({ ...typed, correction: fields.correction.value });
    const edited = { text: { ...typed, correction: note }, target: of };
    try {
      const answer = await desk.act({ kind: "edit", method: "PATCH", path: `/posts/${of.id}`, body, match: of.base.seq, subject: `post:${of.id}`, words: `Edit “${titleOf(typed)}”`, edit: edited });
      return done(text, answer.kept ? "In the outbox: it is saved when the line is back." : "Saved.");
    } catch (error) {
      if (error.problem?.code !== "stale") throw error;
      const went = await settle(edited, error.problem.current, note);
      return tell(went);
    }
  }

  /** Somebody was faster: show both versions and let the editor decide. The other one is set aside. */
  async function settle({ text, target: of }, theirs, note) {
    if (theirs.retracted) {
      if (target?.id === of.id) turnTo(null);
      else use(text, null);
      say(problem, "This update was retracted while you were editing it. Your text is still here: it would be a new update.");
      keep();
      return "";
    }
    const mine = Object.fromEntries(Object.entries(text).filter(([name]) => FIELDS.includes(name)));
    let saved = null;
    const choice = await decide({
      base: of.base, mine, theirs, categories: desk.state.categories,
      save: async (name, fields_) => {
        saved = await desk.act({
          kind: "edit", method: "PATCH", path: `/posts/${of.id}`, body: note ? { ...fields_, correction: note } : fields_,
          match: theirs.seq, subject: `post:${of.id}`, words: `Edit “${titleOf(fields_)}”`, edit: { text: fields_, target: { ...of, base: theirs } },
        });
      },
    });
    if (!choice) return "Not saved.";
    if (choice === "mine") setAside("Their version, which yours replaced", theirs, { ...of, base: saved?.kept ? theirs : saved });
    if (choice === "theirs") setAside("Your version, not saved", mine, { ...of, base: theirs });
    if (target?.id === of.id) clear();
    return { mine: "Saved.", both: "Saved, with both changes.", theirs: "Theirs stays." }[choice];
  }

  // -- what helps writing

  const live = preview({
    section, toggle: form.querySelector("#preview-button"),
    sample: () => ({ ...written(), type: target?.base.type ?? fields.type.value }),
    render: (sample) => desk.send("POST", `/desk/${desk.slug}/preview`, sample, { pauses: [] }).catch(() => null),
  });
  toolbar(form.querySelector("[role=toolbar]"), fields.body);
  names({ field: fields.body, list, open: form.querySelector("[data-tool=names]"), categories: () => desk.state.categories, chosen: () => fields.category.value });

  const key = `liveblog:bylines:${desk.who}`;
  function bylines() {
    try { return JSON.parse(localStorage.getItem(key)) ?? []; } catch { return []; }
  }

  function remember(byline) {
    const known = [byline, ...bylines().filter((one) => one !== byline)].filter(Boolean).slice(0, BYLINES);
    try { localStorage.setItem(key, JSON.stringify(known)); } catch { /* then it is typed again */ }
    offerBylines();
  }

  function offerBylines() {
    const known = [...new Set([...bylines(), desk.who])];
    document.getElementById("bylines").replaceChildren(...known.map((value) => element("option", { value })));
    return known[0];
  }

  function showCategories() {
    const words = ({ name, state }) => (state === "on_stage" ? `${name} (on stage)` : name);
    const offered = JSON.stringify(desk.state.categories.map((one) => [one.id, words(one)]));
    if (fields.category.dataset.offered === offered) return;
    const chosen = fields.category.value;
    fields.category.replaceChildren(element("option", { value: "" }, "none"), ...desk.state.categories.map((one) => element("option", { value: one.id }, words(one))));
    fields.category.value = chosen;
    fields.category.dataset.offered = offered;
    if (target && chosen !== (base().category ?? "") && !fields.category.dataset.touched) fields.category.value = base().category ?? "";
  }

  /** Put a piece of Markdown where the caret is, on a line of its own. */
  function insert(markdown) {
    const { value, selectionStart: from, selectionEnd: to } = fields.body;
    const before = from && !value.slice(0, from).endsWith("\n") ? "\n\n" : "";
    const text = `${before}${markdown}\n`;
    put(fields.body, { from, to, put: text, select: [from + text.length, from + text.length] });
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
  form.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.repeat) return;
    if (event.key === "Enter") send();
    else return;
    event.preventDefault();
  });
  form.addEventListener("input", changed);
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  cancel.addEventListener("click", () => {
    leave();
    clear();
    fields.body.focus();
  });
  fields.byline.value = offerBylines();
  return {
    edit, use, restore, insert, settle, show: showCategories,
    take: (act) => { desk.turnTo("write"); use(act.edit.text, act.edit.target); },
    focus: () => fields.body.focus(),
  };
}
