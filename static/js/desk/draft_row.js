// The row of a draft: what it is, when it goes out by itself, and what may be done with it.

import { discardDraft, publishDraft, returnDraft, submitDraft } from "./asked.js";
import { ask } from "./dialog.js";
import { button, element, publicly } from "./dom.js";
import { missing } from "./markdown_edits.js";
import { inWords, planOf } from "./plan.js";
import { titleOf } from "./text.js";
import { clock } from "./times.js";
import { prefix } from "../reader/site.js";

/** @import { Approved, Asked, Draft, Workspace } from "./desk.d.ts" */

/**
 * @typedef {Pick<Workspace, "act" | "me" | "rowActs" | "slug" | "timelines">} Shared
 */

/**
 * @param {Shared} shared
 * @param {Draft} draft
 * @param {{isNew: boolean, editing: string, open: () => void}} options `editing` says who else edits it
 */
export function draftRow(shared, draft, { isNew, editing, open }) {
  return element("li", { class: isNew ? "new" : undefined },
    element("p", { class: "what" }, isNew && element("span", { class: "unread" }, "New "),
      button(titleOf(draft), open, "quiet")),
    element("p", { class: "hint" }, facts(shared, draft).join(" · ")),
    draft.note && element("p", { class: "correction-note" }, draft.note),
    editing && element("p", { class: "editing" }, editing),
    element("div", { class: "row acts" }, ...acts(shared, draft)),
    shared.rowActs.problem(`draft:${draft.id}`));
}

/**
 * The row of a draft of one's own that somebody else published: by whom, when, and as which update.
 * @param {Shared} shared
 * @param {Approved} draft
 */
export function approvedRow({ slug, timelines }, { published: { post: id, by, at } }) {
  const post = timelines.public.objects.get(`post:${id}`);
  const there = post?.kind === "post" && !post.retracted;
  const title = there && element("a", { href: `${prefix}/live/${slug}/posts/${id}` }, titleOf(post));
  return element("li", {}, element("p", { class: "approved" },
    `Published by ${by} at ${clock(at, timelines.public.zone)}`, title ? " — " : ", and retracted since.", title));
}

/** @param {Shared} shared @param {Draft} draft */
function facts({ timelines }, draft) {
  const { blog, categories } = timelines.public;
  return [
    inWords(planOf(draft), { categories, zone: blog.timezone }), draft.author,
    draft.editor && draft.editor !== draft.author && `last changed by ${draft.editor}`,
    draft.state === "returned" && "returned",
  ].filter(Boolean);
}

/** @param {Shared} shared @param {Draft} draft */
function acts({ act, me, rowActs }, draft) {
  const mine = draft.author === me.name;
  const submitted = draft.state === "submitted";
  /** @param {string} name @param {Asked} asked */
  const goesOut = (name, asked) => () => rowActs.attempt(`draft:${draft.id}`, name, () => {
    const gap = missing(draft.body ?? "");
    if (gap) throw new Error(`Open the draft: ${gap.words}`);
    return act(asked);
  });
  return [
    me.editor && !draft.outcome && !draft.put_away
      && publicly("Publish", goesOut("Publish", publishDraft(draft)), "quiet"),
    me.editor && submitted && !mine && button("Return", () => askReturn(act, draft), "quiet"),
    !me.editor && mine && !submitted && button("Submit", goesOut("Submit", submitDraft(draft)), "quiet"),
    (me.editor || mine) && button("Discard", () => askDiscard(act, draft), "quiet bad"),
  ];
}

/** @param {Shared["act"]} act @param {Draft} draft */
const askReturn = (act, draft) => ask("Return this draft?", [
  element("p", {}, `${draft.author} gets it back with your note.`),
  element("label", {}, "Note",
    element("input", { name: "note", required: true, maxlength: 1000, autocomplete: "off" })),
], [["Return", (answer) => act(returnDraft(draft, answer.get("note")))]]);

/** @param {Shared["act"]} act @param {Draft} draft */
const askDiscard = (act, draft) => ask("Discard this draft?", [element("blockquote", {}, titleOf(draft))],
  [["Discard", () => act(discardDraft(draft)), "bad"]]);
