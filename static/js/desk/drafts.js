// What is not published: handed in, scheduled, prepared for an outcome, being written. With a mark on what others did
// meanwhile.

import { ask } from "./dialog.js";
import { button, element, fill, publicly } from "./dom.js";
import { inWords, planOf } from "./plan.js";
import { named, prepared, sorted, unread } from "./state.js";
import { titleOf } from "./versions.js";

const PILES = { submitted: "For approval", scheduled: "Scheduled", prepared: "Prepared", working: "Drafts",
  away: "Put away" };

/**
 * `open` takes a draft into the composer, `prepare` begins a text for an outcome.
 */
export function drafts(/** @type {import("./desk.d.ts").Desk} */ desk, { place, badges, allRead }, { open, prepare }) {
  const key = `liveblog:seen:${desk.slug}:${desk.who}`;
  let seen = load();

  function load() {
    try { return JSON.parse(localStorage.getItem(key) ?? "{}") ?? {}; } catch { return {}; }
  }

  function read(...some) {
    const there = new Set(desk.drafts.drafts.map((draft) => draft.id));
    seen = Object.fromEntries([...Object.entries({ ...seen,
      ...Object.fromEntries(some.map((draft) => [draft.id, draft.seq])) })].filter(([id]) => there.has(id)));
    try { localStorage.setItem(key, JSON.stringify(seen)); } catch { /* then they are new again after a reload */ }
    show();
  }

  const act = (draft, kind, method, tail, body, words) => desk.act({
    kind, method, path: `/drafts/${draft.id}${tail}`, body, match: draft.seq, subject: `draft:${draft.id}`,
    words: `${words} “${titleOf(draft)}”`,
  });
  const attempt = (draft, ...more) => () =>
    desk.rowActs.attempt(`draft:${draft.id}`, more.at(-1), () => act(draft, ...more));

  const giveBack = (draft) => () => ask("Return this draft?", [
    element("p", {}, `${draft.author} gets it back with your note.`),
    element("label", {}, "Note",
      element("input", { name: "note", required: true, maxlength: 1000, autocomplete: "off" })),
  ], [["Return", (answer) => act(draft, "draft", "POST", "/return", { note: answer.get("note") }, "Return")]]);

  const discard = (draft) => () => ask("Discard this draft?", [element("blockquote", {}, titleOf(draft))],
    [["Discard", () => act(draft, "draft", "DELETE", "", undefined, "Discard"), "bad"]]);

  function item(draft, isNew, editing) {
    const mine = draft.author === desk.who;
    const plan = inWords(planOf(draft), { categories: desk.state.categories, zone: desk.state.blog.timezone });
    const going = !draft.outcome && !draft.put_away;
    return element("li", { class: isNew ? "new" : undefined },
      element("p", { class: "what" }, isNew && element("span", { class: "unread" }, "New "),
        button(titleOf(draft), () => { read(draft); open(draft); }, "quiet")),
      element("p", { class: "hint" },
        [plan, draft.author, draft.editor && draft.editor !== draft.author && `last changed by ${draft.editor}`,
          draft.state === "returned" && "returned"].filter(Boolean).join(" · ")),
      draft.note && element("p", { class: "correction-note" }, draft.note),
      editing && element("p", { class: "editing" }, editing),
      element("div", { class: "row acts" },
        desk.editor && going
          && publicly("Publish", attempt(draft, "publish-draft", "POST", "/publish", {}, "Publish"), "quiet"),
        draft.state === "submitted" && desk.editor && !mine && button("Return", giveBack(draft), "quiet"),
        !desk.editor && mine && draft.state !== "submitted"
          && button("Submit", attempt(draft, "draft", "POST", "/submit", {}, "Submit"), "quiet"),
        (desk.editor || mine) && button("Discard", discard(draft), "quiet bad")),
      desk.rowActs.problem(`draft:${draft.id}`));
  }

  /** For each category that is still open, which of its nominees has a text. */
  function readiness(all) {
    const open_ = desk.state.categories.filter((one) => ["upcoming", "on_stage"].includes(one.state)
      && one.nominees.length);
    return open_.map((category) => {
      const texts = category.nominees.map((nominee) => [nominee, prepared(all, category, nominee)]);
      const n = texts.filter(([, text]) => text).length;
      return element("details", { "data-of": category.id },
        element("summary", {}, category.name, " ", element("span", { class: "hint" }, `${n} of ${texts.length}`)),
        element("ul", { class: "texts" }, ...texts.map(([nominee, text]) => element("li", {},
          button(named(nominee), () => (text ? open(text) : prepare(category, nominee)), "quiet"), " ",
          element("span", { class: text ? "mark" : "hint" }, text ? "ready" : "no text")))));
    });
  }

  const piles = new Map();
  function pile(name) {
    if (!piles.has(name)) {
      const list = element("ol", { class: "drafts" });
      const count = element("span", { class: "hint" });
      const part = element(name === "away" ? "details" : "section", {},
        element(name === "away" ? "summary" : "h3", {}, PILES[name], " ", count), list);
      const more = name === "prepared" && element("div", {});
      if (more) part.append(more);
      place.append(part);
      piles.set(name, { part, list, count, more });
    }
    return piles.get(name);
  }

  let offered = "";
  function show() {
    const all = desk.drafts.drafts;
    const sets = sorted(all);
    let news = 0;
    for (const name of Object.keys(PILES)) {
      const { part, list, count, more } = pile(name);
      const rows = sets[name].map((draft) => {
        const isNew = unread(draft, desk.who, seen);
        news += Number(isNew && name !== "away");
        const editing = desk.editing(`draft:${draft.id}`);
        return [`draft:${draft.id}`, `${draft.seq} ${isNew} ${editing}`, () => item(draft, isNew, editing)];
      });
      count.textContent = rows.length || "";
      fill(list, name === "prepared" ? [] : rows);
      if (more) {
        const state = JSON.stringify([desk.state.categories.map((one) => [one.id, one.state, one.nominees]),
          sets.prepared.map((one) => one.seq)]);
        if (state !== offered) {
          const opened = new Set([...more.querySelectorAll("details[open]")].map((one) => one.dataset.of));
          more.replaceChildren(...readiness(all));
          for (const one of more.children) one.open = opened.has(one.dataset.of);
        }
        offered = state;
        part.hidden = !more.children.length || !desk.editor;
      } else part.hidden = !rows.length;
    }
    for (const badge of badges) {
      badge.textContent = news || "";
      badge.hidden = !news;
    }
    allRead.hidden = !news;
  }

  allRead.addEventListener("click", () => read(...desk.drafts.drafts));
  addEventListener("storage", (event) => {
    if (event.key !== key) return;
    seen = load();
    show();
  });
  return { show, read };
}
