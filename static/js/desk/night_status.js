// The night: whether it has begun.

import { ask } from "./dialog.js";
import { button } from "./dom.js";
import { labels } from "./labels.js";

/** Returns the function that shows the present state. */
export function nightStatus(/** @type {import("./desk.d.ts").Desk} */ desk, { status, buttons }) {
  const change = (label, next, match) => () => ask(`${label}?`, [], [[label, () => desk.act({
    kind: "status", method: "PATCH", path: "", body: { status: next }, match, subject: `blog:${desk.slug}`,
    words: label,
  })]]);

  let shown = 0;
  return () => {
    const { blog } = desk.state;
    if (blog.seq === shown) return;
    shown = blog.seq;
    status.textContent = labels.status[blog.status];
    status.dataset.status = blog.status;
    const [label, next] = labels.next[blog.status];
    const had = buttons.contains(document.activeElement);
    const kind = blog.status === "live" ? undefined : "main";
    if (desk.editor) buttons.replaceChildren(button(label, change(label, next, blog.seq), kind));
    if (had) status.focus(); // not the next button: it may end the night
  };
}
