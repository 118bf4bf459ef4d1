// The row of a post on the desk's timeline: what readers have, and what may be done with it.

import { pin, retract } from "./asked.js";
import { correctionInWords } from "./calls.js";
import { ask } from "./dialog.js";
import { button, element, publicly } from "./dom.js";
import { thumbnail } from "./picture_rules.js";
import { titleOf } from "./text.js";
import { clock, hereToo } from "./times.js";
import { prefix } from "../reader/site.js";

/** @import { Post, Retracted, Workspace } from "./desk.d.ts" */

/**
 * @typedef {Pick<Workspace, "act" | "me" | "rowActs" | "slug" | "timelines">} Shared
 * @typedef {object} Options
 * @property {boolean} pinned
 * @property {string} editing who else edits it
 * @property {() => void} edit
 * @property {() => void} history
 * @property {(words: string) => void} tell
 */

/** @param {Shared} shared @param {Post} post @param {Options} options */
export function postRow(shared, post, options) {
  const { pinned, editing } = options;
  const { zone } = shared.timelines.public;
  return element("li", { class: [pinned && "pinned", post.type].filter(Boolean).join(" ") },
    element("p", { class: "hint" },
      element("a", { href: `${prefix}/live/${shared.slug}/posts/${post.id}` },
        time(post.published_at, zone)),
      ` ${facts(shared, post, pinned).join(" · ")}`),
    element("h3", { class: post.headline ? undefined : "untitled" }, post.headline ?? "Update"),
    element("p", { class: "text" }, plain(post)),
    pictures(post),
    ...post.corrections.map((correction) =>
      element("p", { class: "correction-note" }, `Correction: ${correctionInWords(correction)}`)),
    editing && element("p", { class: "editing" }, editing),
    element("div", { class: "row acts" }, ...acts(shared, post, options)),
    shared.rowActs.problem(`post:${post.id}`));
}

/**
 * The row of an update that was taken back: what it was, for editors. Its headline is no heading, because it is no
 * update any more.
 * @param {Shared} shared
 * @param {Retracted} post
 * @param {() => void} history
 */
export function retractedRow(shared, post, history) {
  const { zone } = shared.timelines.public;
  return element("li", { class: "retracted" },
    element("p", { class: "hint" },
      time(post.published_at, zone), " · ",
      ...post.at ? ["retracted ", time(post.at, zone), ` by ${post.by}`] : ["retracted"]),
    element("h3", {}, "Retracted"),
    element("p", { class: "what" }, element("s", {}, titleOf(post))),
    element("div", { class: "row acts" }, button("History", history, "quiet")),
    shared.rowActs.problem(`post:${post.id}`));
}

/** @param {string} at @param {string} zone */
const time = (at, zone) => element("time", { datetime: at, title: hereToo(at, zone) }, clock(at, zone));

/** The pictures, small, each with its caption. @param {Post} post */
const pictures = ({ media = [] }) => media.length > 0 && element("ul", { class: "thumbs" }, ...media.map((picture) => {
  const { alt, width, height, caption, credit } = picture;
  const words = [caption, credit].filter(Boolean).join(" · ");
  return element("li", {},
    element("img", { src: thumbnail(picture), alt, width, height, loading: "lazy", decoding: "async" }),
    words && element("span", { class: "hint" }, words));
}));

/** @param {Shared} shared @param {Post} post @param {boolean} pinned */
function facts({ timelines }, post, pinned) {
  const category = timelines.public.category(post.category);
  return [category && post.type !== "result" && category.name, post.type !== "update" && post.type,
    post.key && "key moment", pinned && "pinned", post.byline, post.updated_at && "edited"].filter(Boolean);
}

/** @param {Shared} shared @param {Post} post @param {Options} options */
function acts(shared, post, { pinned, edit, history, tell }) {
  const { act, me } = shared;
  const press = () => (pinned ? unpin(shared, post, tell) : askPin(shared, post));
  return [
    me.editor && button("Edit", edit, "quiet"),
    me.editor && publicly(pinned ? "Unpin" : "Pin", press, "quiet"),
    button("History", history, "quiet"),
    me.editor && button("Retract", () => askRetract(act, post, tell), "quiet bad"),
  ];
}

/** The preview while it is pinned. @param {Shared["timelines"]} timelines */
function pinnedPreview({ public: { blog, posts } }) {
  return posts.find((post) => post.id === blog.pinned && post.type === "preview");
}

/** Pin it; ask first if the preview loses its place by that. @param {Shared} shared @param {Post} post */
function askPin({ act, rowActs, timelines }, post) {
  const doIt = () => act(pin(timelines.public.blog, post, true));
  const preview = pinnedPreview(timelines);
  if (!preview) return rowActs.attempt(`post:${post.id}`, "pin", doIt);
  return ask("Pin this update?", [
    element("blockquote", {}, titleOf(post)),
    element("p", {}, `The preview “${titleOf(preview)}” moves to second place. It comes back when you unpin this.`),
  ], [["Pin", doIt]]);
}

/** @param {Shared} shared @param {Post} post @param {(words: string) => void} tell */
const unpin = ({ act, rowActs, timelines }, post, tell) => rowActs.attempt(`post:${post.id}`, "unpin", async () => {
  const { kept } = await act(pin(timelines.public.blog, post, false));
  if (!kept) tell(pinnedPreview(timelines) ? "Unpinned. The preview comes back to the top." : "Unpinned.");
});

/**
 * The row tells what became of it; what stands beside the composer may be about this update.
 * @param {Shared["act"]} act
 * @param {Post} post
 * @param {(words: string) => void} tell
 */
const askRetract = (act, post, tell) => ask("Retract this update?", [
  element("p", {}, "Readers lose it at once, and it cannot come back. " +
    "Editors still see it in the history, until an admin purges it."),
  element("blockquote", {}, titleOf(post)),
], [["Retract", async () => {
  await act(retract(post));
  tell("");
}, "bad"]]);

/** The text as readers read it, without its signs. @param {Post} post */
function plain(post) {
  const page = document.createElement("template");
  page.innerHTML = post.html ?? "";
  const body = page.content.querySelector(".body");
  const blocks = [...body?.children ?? []].filter((block) => !block.matches(".pictures"));
  return body ? blocks.map((block) => (block.textContent ?? "").trim()).join("\n") : post.body;
}
