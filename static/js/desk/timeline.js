// The timeline: what was published, newest first, to be edited, pinned or retracted.

import { ask } from "./dialog.js";
import { button, element, fill } from "./dom.js";

const SHOWN = 100;

/** The list of posts; `edit(post)` takes one into the composer. Returns the function that shows the present state. */
export function timeline(desk, list, edit) {
  const pin = (post, pinned) => () => desk.rows.attempt(`post:${post.id}`,
    (waiting) => desk.act("PUT", "/pin", { post: pinned ? null : post.id }, { waiting }));

  const retract = (post) => () => ask("Retract this update?", [
    element("p", {}, "Its text disappears everywhere at once and cannot be brought back."),
    element("blockquote", {}, post.headline ?? post.body.slice(0, 200)),
  ], [["Retract", (answer, waiting) => desk.act("DELETE", `/posts/${post.id}`, undefined, { waiting }), "bad"]]); // never blocked by a newer version

  function item(post, pinned) {
    const facts = [post.type !== "update" && post.type, post.key && "key moment", pinned && "pinned", post.byline, post.updated_at && "edited"];
    const at = new Date(post.published_at);
    return element("li", { class: pinned ? "pinned" : undefined },
      element("p", { class: "hint" },
        element("a", { href: `/live/${desk.slug}/posts/${post.id}` }, element("time", { datetime: post.published_at, title: at.toLocaleString() }, clock(at))),
        ` ${facts.filter(Boolean).join(" · ")}`),
      element("h3", { class: post.headline ? undefined : "untitled" }, post.headline ?? "Update"),
      element("p", { class: "text" }, post.body),
      ...post.corrections.map((correction) => element("p", { class: "correction-note" }, `Correction: ${correction.note}`)),
      desk.editor && element("div", { class: "row" },
        button("Edit", () => edit(post)),
        button(pinned ? "Unpin" : "Pin", pin(post, pinned)),
        button("Retract", retract(post), "bad")),
      desk.rows.line(`post:${post.id}`));
  }

  return () => {
    const pinned = desk.state.blog.pinned;
    const posts = desk.state.posts;
    if (!posts.length) return list.replaceChildren(element("li", { class: "hint" }, "Nothing is published yet."));
    return fill(list, posts.slice(0, SHOWN).map((post) =>
      [`post:${post.id}`, `${post.seq} ${post.id === pinned}`, () => item(post, post.id === pinned)]));
  };
}

const clock = (at) => at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
