// The night: whether it has begun.

import { ask } from "./dialog.js";
import { button } from "./dom.js";

const WORDS = { draft: "Draft", preview: "Before the show", live: "Live", ended: "Ended" };
const NEXT = {
  draft: ["Open to readers", "preview"],
  preview: ["Start the night", "live"],
  live: ["End the night", "ended"],
  ended: ["Reopen the night", "live"],
};

/** Returns the function that shows the present state. */
export function night(desk, { status, buttons }) {
  const change = (label, next, match) => () => ask(`${label}?`, [], [[label, () => desk.act({
    kind: "status", method: "PATCH", path: "", body: { status: next }, match, subject: `blog:${desk.slug}`, words: label,
  })]]);

  let shown = 0;
  return () => {
    const { blog } = desk.state;
    if (blog.seq === shown) return;
    shown = blog.seq;
    status.textContent = WORDS[blog.status];
    status.dataset.status = blog.status;
    const [label, next] = NEXT[blog.status];
    const had = buttons.contains(document.activeElement);
    if (desk.editor) buttons.replaceChildren(button(label, change(label, next, blog.seq), blog.status === "live" ? undefined : "main"));
    if (had) status.focus(); // not the next button: it may end the night
  };
}
