// The composer: writes a new update, or edits one. What was typed is never lost: it stays, it is set aside in sight, or
// it is in the outbox; and all of it outlives the page.

import { differing } from "./conflict.js";
import { $, button, element, say } from "./dom.js";
import { names } from "./names.js";
import { pictures } from "./pictures.js";
import { askPlan, inWords, planned, planOf } from "./plan.js";
import { preview } from "./preview.js";
import { EDITABLE, emptyOf, FIELDS, fieldsOf } from "./text.js";
import { put, toolbar } from "./toolbar.js";
import { decide, titleOf } from "./versions.js";

const KEEP = 300; // ms after the last key
const BYLINES = 12;

const NOTHING = planOf(null);

/**
 * Returns {edit(post), open(draft), prepare(category, nominee), use(text, target), restore(notes, open), settle, take,
 * insert, focus, show, ref}.
 */
export function composer(desk, { form, title, section, list, asides, tell }) {
  const fields = /** @type {any} */ (form.elements);
  const problem = form.querySelector("#composer-problem");
  const submit = form.querySelector("[type=submit]");
  const saving = form.querySelector("#save-draft");
  const planning = form.querySelector("#plan-button");
  const planLine = form.querySelector("#plan");
  const cancel = form.querySelector("#cancel");
  // {kind, id, base}: what is being edited, as it was when editing began; null: a new update
  let target = /** @type {any} */ (null);
  let plan = NOTHING; // when a draft goes out by itself
  let busy = false;
  let next = /** @type {any} */ (null); // what was asked for while a text was on its way
  let notes = /** @type {any} */ (null);
  let timer = /** @type {any} */ (undefined);

  // -- the fields

  /** Those of a published text may not all change. */
  const editable = () => (target?.kind === "post" ? EDITABLE : FIELDS);

  /** As the API takes them. */
  function written() {
    return Object.fromEntries(editable().map((name) => [name, name === "media" ? shots.media() : read(name)]));
  }

  /** What a field's control holds; blanks alone are nothing. */
  function read(name) {
    const { type, checked, value } = fields[name];
    if (type === "checkbox") return checked;
    return value.trim() ? value : emptyOf(name);
  }

  function fillIn(text) {
    for (const [name, value] of Object.entries(fieldsOf(text))) {
      const control = fields[name];
      if (name === "media") shots.put(value);
      else if (control.type === "checkbox") control.checked = value;
      else control.value = value ?? "";
    }
    if (fields.type.selectedIndex < 0) fields.type.value = emptyOf("type"); // a kind that editors cannot choose
    live.changed();
  }

  const base = () => target?.base ?? {};
  const unsaved = () => {
    const text = /** @type {any} */ (written());
    if (!target) return Boolean(text.headline || text.body.trim() || text.media.length);
    if (target.kind === "draft" && JSON.stringify(plan) !== JSON.stringify(planOf(base()))) return true;
    return differing(fieldsOf(base(), editable()), text).length > 0 || fields.correction.value !== "";
  };

  /** Turn to something else; the fields stay as they are. */
  function turnTo(next, itsPlan) {
    target = next;
    plan = next?.kind === "post" ? NOTHING : itsPlan ?? planOf(next?.base);
    const onPost = next?.kind === "post";
    form.querySelector(".correction").hidden = !onPost;
    cancel.hidden = !next;
    cancel.textContent = onPost ? "Stop editing" : "Close the draft";
    fields.type.closest("label").hidden = onPost;
    fields.correction.value = "";
    say(problem, "");
    showPlan();
    desk.line?.live();
  }

  function showPlan() {
    const onPost = target?.kind === "post";
    const words = planned(plan) && desk.state.blog
      ? inWords(plan, { categories: desk.state.categories, zone: desk.state.blog.timezone }) : "";
    title.textContent = onPost ? "Edit the update" : plan.outcome ? "Text for a winner" : target ? "Draft"
      : "New update";
    planLine.hidden = !words;
    planLine.querySelector("span").textContent = `Goes out ${words}.`;
    // What goes out by itself is saved, not published: the gold button never jumps the plan.
    if (submit) submit.textContent = onPost ? "Save" : !desk.editor ? "Submit" : planned(plan) ? "Save" : "Publish";
    planning.hidden = onPost || !desk.editor;
    saving.hidden = onPost || (planned(plan) && desk.editor);
    const note = target?.kind === "draft" && target.base.note;
    form.querySelector("#note").textContent = note ? `Returned: ${note}` : "";
    form.querySelector("#note").hidden = !note;
  }

  function clear() {
    turnTo(null);
    fillIn({ byline: fields.byline.value || fields.byline.defaultValue });
    keep();
  }

  // -- keeping what was typed in this browser

  function keep() {
    clearTimeout(timer);
    timer = undefined;
    if (!notes) return;
    if (!unsaved()) notes.drop();
    else if (!notes.keep({ at: Date.now(), text: { ...written(), correction: fields.correction.value }, target,
      plan })) tell("This browser keeps nothing: do not close the page before this is published.");
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
    turnTo(note.target, note.plan);
    fillIn(note.text);
    fields.correction.value = note.text.correction ?? "";
    return tell("Restored as you left it.");
  }

  // -- setting aside

  function setAside(heading, text, of, itsPlan) {
    const note = { at: Date.now(), title: heading, text, target: of, plan: itsPlan };
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
      element("div", { class: "row" },
        button("Use this text", () => { away(); use(note.text, note.target, note.plan); }), button("Discard", away)));
    asides.append(shown);
  }

  function leave() {
    if (unsaved()) setAside(target ? "Changes not saved" : "Unfinished update", written(), target, plan);
  }

  /** Take a text into the composer; what was begun there is set aside. */
  function use(text, next, itsPlan) {
    leave();
    turnTo(next ?? null, itsPlan);
    fillIn(text);
    if (text.correction) fields.correction.value = text.correction;
    keep();
    form.scrollIntoView({ block: "nearest" });
    fields.body.focus();
  }

  function edit(object) {
    if (busy) return afterwards(() => edit(object));
    desk.turnTo("write");
    return use(object, { kind: object.kind, id: object.id, base: object });
  }

  /** Begin the text for an outcome. */
  function prepare(category, nominee) {
    if (busy) return afterwards(() => prepare(category, nominee));
    desk.turnTo("write");
    return use({ category: category.id, byline: fields.byline.value, key: true }, null,
      { ...NOTHING, outcome: { category: category.id, nominee: nominee.id } });
  }

  // -- sending

  /** Do what a button or key asks for, one at a time; what goes wrong is told beside the buttons. */
  async function work(words, act) {
    if (busy || !form.reportValidity()) return;
    if (shots.busy()) {
      say(problem, "A picture is still on its way.");
      return;
    }
    busy = true;
    for (const one of [submit, saving]) one?.setAttribute("aria-disabled", "true");
    say(problem, "");
    tell(words);
    try {
      await act();
    } catch (error) {
      tell("");
      say(problem, error.message);
    } finally {
      busy = false;
      for (const one of [submit, saving]) one?.removeAttribute("aria-disabled");
      const asked = next;
      next = null;
      asked?.();
    }
  }

  function afterwards(act) {
    next = act;
  }

  function send() {
    if (target?.kind === "post") return desk.editor && work("Saving…", save);
    if (!desk.editor) return work("Submitting…", submitDraft);
    if (planned(plan)) return work("Saving…", () => saveDraft(true));
    return work("Publishing…", target ? publishDraft : publish);
  }

  const sent = (text) => JSON.stringify({ ...written(), correction: fields.correction.value }) === text;
  const stamp = () => JSON.stringify({ ...written(), correction: fields.correction.value });

  /** The text has gone on its way: make room for the next one, unless somebody typed on. */
  function done(text, words, more) {
    remember(fields.byline.value.trim());
    if (!sent(text)) return tell(`${words} What you typed since is still here.`, more);
    clear();
    return tell(words, more);
  }

  async function publish() {
    const began = performance.now();
    const [body, text] = [written(), stamp()];
    const answer = await desk.act({ kind: "publish", method: "POST", path: "/posts", body,
      words: `Publish “${titleOf(body)}”`, edit: { text: body, target: null } });
    return published(answer, text, began);
  }

  function published(answer, text, began) {
    if (answer.kept) return done(text, "In the outbox: it goes out when the line is back.");
    done(text, `Published in ${Math.round(performance.now() - began)} ms.`, desk.undo(answer));
    return desk.published(answer);
  }

  // -- drafts

  /**
   * Save as a draft; `leaveIt` empties the composer afterwards. Answers with the draft, or {kept}, or nothing when it
   * was not saved.
   */
  async function saveDraft(leaveIt = false) {
    const [text, typed] = [stamp(), written()];
    const changedPlan = JSON.stringify(plan) !== JSON.stringify(planOf(base()));
    const body = { ...typed,
      ...(changedPlan && (target ? plan : Object.fromEntries(Object.entries(plan).filter(([, value]) => value)))) };
    const edited = { text: typed, target, plan };
    const act = target
      ? { method: "PATCH", path: `/drafts/${target.id}`, match: target.base.seq, subject: `draft:${target.id}` }
      : { method: "POST", path: "/drafts" };
    let answer;
    try {
      answer = await desk.act({ kind: "draft", body, words: `Save the draft “${titleOf(typed)}”`, edit: edited,
        ...act });
    } catch (error) {
      if (error.problem?.code !== "stale") throw error;
      tell(await settle(edited, error.problem.current, ""));
      return undefined;
    }
    if (answer.kept || (leaveIt && sent(text))) { // typed on meanwhile: it is this draft that goes on
      done(text, answer.kept ? "In the outbox: the draft is saved when the line is back." : "Saved.");
      return answer;
    }
    target = { kind: "draft", id: answer.id, base: answer };
    plan = planOf(answer);
    cancel.hidden = false;
    cancel.textContent = "Close the draft";
    desk.line?.live();
    showPlan();
    keep();
    tell("Draft saved.");
    return answer;
  }

  /**
   * The draft as the server has it, saved before if something was typed; nothing when that did not work, or has to
   * wait.
   */
  async function savedDraft() {
    if (target && !unsaved()) return target.base;
    const draft = await saveDraft();
    return draft && !draft.kept ? draft : undefined;
  }

  async function publishDraft() {
    const began = performance.now();
    const draft = await savedDraft();
    if (!draft) return;
    const text = stamp();
    const answer = await desk.act({ kind: "publish-draft", method: "POST", path: `/drafts/${draft.id}/publish`,
      body: {}, match: draft.seq, subject: `draft:${draft.id}`,
      words: `Publish “${titleOf(draft)}”`, edit: { text: written(), target } });
    published(answer, text, began);
  }

  async function submitDraft() {
    const draft = await savedDraft();
    if (!draft) return;
    const text = stamp();
    const answer = await desk.act({ kind: "draft", method: "POST", path: `/drafts/${draft.id}/submit`, body: {},
      match: draft.seq, subject: `draft:${draft.id}`, words: `Submit “${titleOf(draft)}”` });
    done(text, answer.kept ? "In the outbox: it is submitted when the line is back."
      : "Submitted. An editor publishes it.");
  }

  // -- edits

  async function save() {
    const of = target;
    const note = fields.correction.value.trim();
    const [typed, text] = [written(), stamp()];
    const body = note ? { ...typed, correction: note } : typed;
    const edited = { text: { ...typed, correction: note }, target: of };
    try {
      const answer = await desk.act({ kind: "edit", method: "PATCH", path: `/posts/${of.id}`, body, match: of.base.seq,
        subject: `post:${of.id}`, words: `Edit “${titleOf(typed)}”`, edit: edited });
      return done(text, answer.kept ? "In the outbox: it is saved when the line is back." : "Saved.");
    } catch (error) {
      if (error.problem?.code !== "stale") throw error;
      return tell(await settle(edited, error.problem.current, note));
    }
  }

  /** Somebody was faster: show both versions and let the editor decide. The other one is set aside. */
  async function settle(/** @type {any} */ { text, target: of, plan: itsPlan }, theirs, note) {
    if (theirs.retracted || theirs.gone) {
      if (target?.id === of.id) turnTo(null, itsPlan);
      else use(text, null, itsPlan);
      say(problem, theirs.gone
        ? "This draft was published or discarded while you were editing it. " +
          "Your text is still here: it would be a new one."
        : "This update was retracted while you were editing it. Your text is still here: it would be a new update.");
      keep();
      return "";
    }
    const mine = fieldsOf(text, FIELDS.filter((name) => name in text));
    const patch = (match, chosen) => desk.act({
      kind: of.kind === "draft" ? "draft" : "edit", method: "PATCH", path: `/${of.kind}s/${of.id}`, match,
      subject: `${of.kind}:${of.id}`,
      body: { ...chosen, ...(note && { correction: note }), ...(of.kind === "draft" && itsPlan) },
      words: `Edit “${titleOf(chosen)}”`, edit: { text: chosen, target: { ...of, base: theirs }, plan: itsPlan },
    });
    // stamped again, by a pin for instance: nobody's text is in the way
    if (of.base && !differing(of.base, theirs).length) {
      try {
        await patch(theirs.seq, mine);
      } catch (error) {
        if (error.problem?.code !== "stale") throw error;
        return settle({ text, target: of, plan: itsPlan }, error.problem.current, note);
      }
      if (target?.id === of.id) clear();
      return "Saved.";
    }
    let saved = /** @type {any} */ (null);
    const choice = await decide({
      base: of.base, mine, theirs, categories: desk.state.categories,
      save: async (name, chosen) => { saved = await patch(theirs.seq, chosen); },
    });
    if (!choice) return "Not saved.";
    if (choice === "mine") setAside("Their version, which yours replaced", theirs,
      { ...of, base: saved?.kept ? theirs : saved });
    if (choice === "theirs") setAside("Your version, not saved", mine, { ...of, base: theirs });
    if (target?.id === of.id) clear();
    return { mine: "Saved.", both: "Saved, with both changes.", theirs: "Theirs stays." }[choice];
  }

  // -- what helps writing

  const shots = pictures(form.querySelector("#pictures"), { upload: desk.upload, changed });
  const live = preview({
    section, toggle: form.querySelector("#preview-button"),
    sample: () => ({ ...written(), type: target?.base.type ?? fields.type.value }),
    render: (sample) => desk.send("POST", `/desk/${desk.slug}/preview`, sample, { pauses: [] }).catch(() => null),
  });
  toolbar(form.querySelector("[role=toolbar]"), fields.body);
  names({ field: fields.body, list, open: form.querySelector("[data-tool=names]"), categories: () =>
    desk.state.categories, chosen: () => fields.category.value });

  const key = `liveblog:bylines:${desk.who}`;
  function bylines() {
    try { return JSON.parse(localStorage.getItem(key) ?? "null") ?? []; } catch { return []; }
  }

  function remember(byline) {
    const known = [byline, ...bylines().filter((one) => one !== byline)].filter(Boolean).slice(0, BYLINES);
    try { localStorage.setItem(key, JSON.stringify(known)); } catch { /* then it is typed again */ }
    offerBylines();
  }

  function offerBylines() {
    const known = [...new Set([...bylines(), desk.who])];
    $("#bylines").replaceChildren(...known.map((value) => element("option", { value })));
    return known[0];
  }

  function showCategories() {
    const words = ({ name, state }) => (state === "on_stage" ? `${name} (on stage)` : name);
    const offered = JSON.stringify(desk.state.categories.map((one) => [one.id, words(one)]));
    if (fields.category.dataset.offered === offered) return;
    const chosen = fields.category.value;
    fields.category.replaceChildren(element("option", { value: "" }, "none"),
      ...desk.state.categories.map((one) => element("option", { value: one.id }, words(one))));
    fields.category.value = chosen;
    fields.category.dataset.offered = offered;
    if (target && chosen !== (base().category ?? "") && !fields.category.dataset.touched) fields.category.value =
      base().category ?? "";
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
    else if (event.key.toLowerCase() === "s" && !event.shiftKey) { if (target?.kind === "post") send();
    else work("Saving…", () => saveDraft()); } else return;
    event.preventDefault();
  });
  form.addEventListener("input", changed);
  saving.addEventListener("click", () => work("Saving…", () => saveDraft()));
  planning.addEventListener("click", () => askPlan(plan, {
    categories: desk.state.categories, zone: desk.state.blog.timezone,
    save(chosen) {
      plan = chosen;
      showPlan();
      keep();
    },
  }));
  addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  cancel.addEventListener("click", () => {
    leave();
    clear();
    fields.body.focus();
  });
  fields.byline.value = offerBylines();
  return {
    edit, prepare, use, restore, insert, settle,
    show() {
      showCategories();
      showPlan();
    },
    take: (act) => { desk.turnTo("write"); use(act.edit.text, act.edit.target, act.edit.plan); },
    focus: () => fields.body.focus(),
    /** What is being edited, `post:…` or `draft:…`; null for a new text. */
    ref: () => (target ? `${target.kind}:${target.id}` : null),
  };
}
