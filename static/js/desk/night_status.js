// Whether the night has begun, and the button for its next step.

import { changeStatus } from "./asked.js";
import { ask } from "./dialog.js";
import { button } from "./dom.js";
import { labels } from "./labels.js";

/** @import { Blog, Workspace } from "./desk.d.ts" */

/**
 * @param {Pick<Workspace, "act" | "me" | "timelines">} workspace
 * @param {{status: HTMLElement, buttons: HTMLElement}} places
 * @returns shows the present state
 */
export function nightStatus({ act, me, timelines }, { status, buttons }) {
  /** @param {Blog} blog */
  const next = (blog) => {
    const [label, after] = labels.next[blog.status];
    const press = () => ask(`${label}?`, [], [[label, () => act(changeStatus(blog, after, label))]]);
    return button(label, press, blog.status === "live" ? undefined : "main");
  };

  let shown = 0;
  return () => {
    const { blog } = timelines.public;
    if (blog.seq === shown) return;
    shown = blog.seq;
    status.textContent = labels.status[blog.status];
    status.dataset.status = blog.status;
    const had = buttons.contains(document.activeElement);
    if (me.editor) buttons.replaceChildren(next(blog));
    if (had) status.focus(); // not the next button: it may end the night
  };
}
