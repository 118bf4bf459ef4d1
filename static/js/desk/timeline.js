// The timeline: what was published, newest first, to be edited, pinned or retracted.

import { ask } from "./dialog.js";
import { button, element, fill, publicly } from "./dom.js";
import { titleOf } from "./versions.js";

const SHOWN = 60; // at first; more by a button

/**
 * The list of posts; `edit(post)` takes one into the composer, `history(post)` shows its versions. Returns the function
 * that shows the present state.
 * @param {import("./desk.d.ts").Desk} desk
 */
export function timeline(desk, { list, more }, { edit, history }) {
  let shown = SHOWN;

  const pin = (post, pinned) => () => desk.rowActs.attempt(`post:${post.id}`, pinned ? "unpin" : "pin", () => desk.act({
    kind: "pin", method: "PUT", path: "/pin", body: { post: pinned ? null : post.id }, subject: `blog:${desk.slug}`,
    words: `${pinned ? "Unpin" : "Pin"} “${titleOf(post)}”`,
  }));

  const retract = (post) => () => ask("Retract this update?", [
    element("p", {}, "Its text disappears everywhere at once and cannot be brought back."),
    element("blockquote", {}, post.headline ?? post.body.slice(0, 200)),
  ], [["Retract", () => desk.act({ // without a version: a takedown is never blocked by a newer one
    kind: "retract", method: "DELETE", path: `/posts/${post.id}`, subject: `post:${post.id}`,
    words: `Retract “${titleOf(post)}”`,
  }), "bad"]]);

  function item(post, pinned, editing) {
    const category = desk.state.objects.get(`category:${post.category}`);
    const facts = [category && post.type !== "result" && category.name, post.type !== "update" && post.type,
      post.key && "key moment", pinned && "pinned", post.byline, post.updated_at && "edited"];
    const at = new Date(post.published_at);
    return element("li", { class: [pinned && "pinned", post.type].filter(Boolean).join(" ") },
      element("p", { class: "hint" },
        element("a", { href: `/live/${desk.slug}/posts/${post.id}` },
          element("time", { datetime: post.published_at, title: at.toLocaleString() }, clock(at))),
        ` ${facts.filter(Boolean).join(" · ")}`),
      element("h3", { class: post.headline ? undefined : "untitled" }, post.headline ?? "Update"),
      element("p", { class: "text" }, plain(post)),
      ...post.corrections.map((correction) =>
        element("p", { class: "correction-note" }, `Correction: ${correction.note}`)),
      editing && element("p", { class: "editing" }, editing),
      element("div", { class: "row acts" },
        desk.editor && button("Edit", () => edit(post), "quiet"),
        desk.editor && publicly(pinned ? "Unpin" : "Pin", pin(post, pinned), "quiet"),
        button("History", () => history(post), "quiet"),
        desk.editor && button("Retract", retract(post), "quiet bad")),
      desk.rowActs.problem(`post:${post.id}`));
  }

  function show() {
    const { pinned } = desk.state.blog;
    const { posts } = desk.state;
    more.hidden = posts.length <= shown;
    if (!posts.length) return list.replaceChildren(element("li", { class: "hint" }, "Nothing is published yet."));
    return fill(list, posts.slice(0, shown).map((post) => {
      const editing = desk.editing(`post:${post.id}`);
      return [`post:${post.id}`, `${post.seq} ${post.id === pinned} ${editing}`,
        () => item(post, post.id === pinned, editing)];
    }));
  }

  more.addEventListener("click", () => {
    shown += SHOWN;
    show();
  });
  return show;
}

/** The text as readers read it, without its marks. */
function plain(post) {
  const page = document.createElement("template");
  page.innerHTML = post.html ?? "";
  const body = page.content.querySelector(".body");
  return body ? [...body.children].map((part) => part.textContent.trim()).join("\n") : post.body;
}

const clock = (at) => at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
