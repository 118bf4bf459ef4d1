// The composer: writes a new update or edits one. What was typed is never lost: it stays, or it is set aside in sight.

import { newKey } from "./api.js";
import { ask } from "./dialog.js";
import { button, element, say } from "./dom.js";

const FIELDS = ["headline", "body", "category", "byline"];

/** Returns {edit(post), show()}. */
export function composer(desk, { form, title, told, preview, asides }) {
  const fields = form.elements;
  const problem = form.querySelector(".problem");
  const submit = form.querySelector("[type=submit]");
  const cancel = form.querySelector("#cancel");
  let editing = null; // the post being edited, as it was when editing began
  let busy = false;
  let last = { text: "", key: "" }; // what was sent last: the same pressed again is the same act

  // -- the fields

  function written() {
    const text = Object.fromEntries(FIELDS.map((name) => [name, fields[name].value.trim() ? fields[name].value : null]));
    return { ...text, body: fields.body.value, key: fields.key.checked };
  }

  function fillIn(text) {
    for (const name of FIELDS) fields[name].value = text[name] ?? "";
    fields.key.checked = text.key ?? false;
  }

  const unsaved = () => {
    const text = written();
    if (!editing) return Boolean(text.headline || text.body.trim());
    return FIELDS.some((name) => (text[name] ?? "") !== (editing[name] ?? "")) || text.key !== editing.key || fields.correction.value !== "";
  };

  /** Turn to a post, or to a new update for null; the fields stay as they are. */
  function turnTo(post) {
    editing = post;
    title.textContent = post ? "Edit the update" : "New update";
    if (submit) submit.textContent = post ? "Save" : "Publish";
    form.querySelector(".correction").hidden = cancel.hidden = !post;
    fields.correction.value = "";
    preview.hidden = true;
    say(problem, "");
  }

  function clear() {
    turnTo(null);
    fillIn({ byline: fields.byline.defaultValue });
  }

  // -- setting aside

  function setAside(name, text, post) {
    const box = element("section", { class: "aside" },
      element("h3", {}, name), element("pre", { tabindex: "0" }, [text.headline, text.body].filter(Boolean).join("\n\n")),
      element("div", { class: "row" }, button("Use this text", () => { box.remove(); use(text, post); }), button("Discard", () => box.remove())));
    asides.append(box);
  }

  function leave() {
    if (unsaved()) setAside(editing ? "Changes not saved" : "Unfinished update", written(), editing);
  }

  function use(text, post) {
    leave();
    turnTo(post);
    fillIn(text);
    fields.body.focus();
  }

  function edit(post) {
    if (busy) return say(problem, "One moment, still sending.");
    return use(post, post);
  }

  // -- sending

  const waiting = () => { told.textContent = "Waiting for the line…"; };

  /** An act under the key it had when it was pressed before. */
  function once(method, path, body, match) {
    const text = JSON.stringify([method, path, body, match]);
    if (text !== last.text) last = { text, key: newKey() };
    return desk.act(method, path, body, { match, waiting, key: last.key });
  }

  async function send() {
    if (busy || !desk.editor || !form.reportValidity()) return;
    busy = true;
    submit.setAttribute("aria-disabled", "true");
    say(problem, "");
    told.textContent = editing ? "Saving…" : "Publishing…";
    try {
      told.textContent = await (editing ? save(written(), editing) : publish(written()));
    } catch (error) {
      told.textContent = "";
      say(problem, error.message);
    } finally {
      busy = false;
      submit.removeAttribute("aria-disabled");
    }
  }

  async function publish(text) {
    const began = performance.now();
    await once("POST", "/posts", text);
    last = { text: "", key: "" };
    const done = `Published in ${Math.round(performance.now() - began)} ms.`;
    if (JSON.stringify(written()) !== JSON.stringify(text)) return `${done} What you typed since is still here.`;
    clear();
    return done;
  }

  async function save(text, post) {
    const body = withCorrection(text);
    try {
      await once("PATCH", `/posts/${post.id}`, body, post.seq);
    } catch (error) {
      if (error.problem?.code !== "stale") throw error;
      return settle(body, post, error.problem.current);
    }
    clear();
    return "Saved.";
  }

  const withCorrection = (text) => {
    const note = fields.correction.value.trim();
    return note ? { ...text, correction: note } : text;
  };

  /** Somebody was faster: show both versions and let the editor decide. The other one is set aside. */
  async function settle(mine, post, theirs) {
    if (theirs.retracted) {
      turnTo(null);
      say(problem, "This update was retracted while you were editing it. Your text is still here: it would be a new update.");
      return "";
    }
    let saved = null;
    const went = await ask("This update was changed while you were editing it", [versions(mine, theirs)], [
      ["Save mine", async (answer, wait) => {
        saved = await desk.act("PATCH", `/posts/${post.id}`, mine, { match: theirs.seq, waiting: wait });
      }],
      ["Keep theirs", () => {}, "other"],
    ]);
    if (!went) return "Not saved.";
    if (saved) setAside("Their version, which yours replaced", theirs, saved);
    else setAside("Your version, not saved", mine, theirs);
    clear();
    return saved ? "Saved." : "Theirs stays.";
  }

  // -- preview

  async function showPreview() {
    try {
      const answer = await desk.send("POST", `/desk/${desk.slug}/preview`, { body: fields.body.value }, { waiting });
      const rendered = preview.querySelector(".rendered");
      rendered.innerHTML = answer.html; // sanitised by the server: the readers' own rendering
      if (fields.headline.value.trim()) rendered.prepend(element("h3", {}, fields.headline.value));
      preview.hidden = false;
      told.textContent = "";
    } catch (error) {
      say(problem, error.message);
    }
  }

  function showCategories() {
    const offered = JSON.stringify(desk.state.categories.map(({ id, name }) => [id, name]));
    if (fields.category.dataset.offered === offered) return;
    const chosen = fields.category.value;
    fields.category.replaceChildren(element("option", { value: "" }, "none"), ...desk.state.categories.map(({ id, name }) => element("option", { value: id }, name)));
    fields.category.value = chosen;
    fields.category.dataset.offered = offered;
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
  form.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && !event.repeat) {
      event.preventDefault();
      send();
    }
  });
  form.querySelector("#preview-button").addEventListener("click", showPreview);
  cancel.addEventListener("click", () => {
    leave();
    clear();
    fields.body.focus();
  });
  addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });
  return { edit, show: showCategories };
}

const versions = (mine, theirs) => element("div", { class: "versions" }, version("Yours", mine), version("Theirs", theirs));

const version = (name, text) => element("section", {},
  element("h3", {}, name), element("pre", { tabindex: "0", "aria-label": name }, [text.headline, text.body].filter(Boolean).join("\n\n")));
