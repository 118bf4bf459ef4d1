// Whether the night has begun, and the button for its next step, which asks first and lists what is missing or open.

import { changeStatus } from "./asked.js";
import { ask } from "./dialog.js";
import { button, element } from "./dom.js";
import { labels } from "./labels.js";
import { nightCheck } from "./night_check.js";
import { checkList } from "./night_check_list.js";

/** @import { Blog, Place, Workspace } from "./desk.d.ts" */

/**
 * What is checked before the next step, by the status that the night has: what readers see then, and what is said if
 * nothing is found.
 * @type {Record<string, {after: "live" | "ended", says: string, none: string}>}
 */
const CHECKED = {
  preview: { after: "live", says: "Readers see at once that the night is live.", none: "Everything is prepared." },
  live: { after: "ended", none: "Nothing is left open.",
    says: "Readers see at once that the night has ended. The desk can still publish, and reopen the night." },
};

/**
 * @param {Pick<Workspace, "act" | "me" | "timelines">} workspace
 * @param {{status: HTMLElement, buttons: HTMLElement, ended: HTMLElement}} places
 * @param {{addressed: boolean, goTo: (place: Place) => void}} options `addressed`: the site knows its public address
 * @returns shows the present state
 */
export function nightStatus({ act, me, timelines }, { status, buttons, ended }, { addressed, goTo }) {
  /** @param {Blog} blog */
  async function press(blog) {
    const [label, after] = labels.next[blog.status];
    /** @type {Place | undefined} */
    let wanted;
    const fields = question(blog.status, (place, dialog) => {
      wanted = place;
      dialog.close();
    });
    await ask(`${label}?`, fields, [[label, () => act(changeStatus(blog, after, label))]]);
    if (wanted) goTo(wanted);
  }

  /** @param {string} now @param {(place: Place, dialog: HTMLDialogElement) => void} leave */
  function question(now, leave) {
    const check = CHECKED[now];
    if (!check) return [];
    const { public: { categories, posts }, desk: { drafts } } = timelines;
    const list = checkList(nightCheck(check.after, { categories, posts, drafts, addressed }), check.none, (place) =>
      leave(place, /** @type {HTMLDialogElement} */ (list.closest("dialog"))));
    return [element("p", {}, check.says), list];
  }

  /** @param {Blog} blog */
  const next = (blog) =>
    button(labels.next[blog.status][0], () => press(blog), blog.status === "live" ? undefined : "main");

  let shown = 0;
  return () => {
    const { blog } = timelines.public;
    if (blog.seq === shown) return;
    shown = blog.seq;
    status.textContent = labels.status[blog.status];
    status.dataset.status = blog.status;
    ended.hidden = blog.status !== "ended";
    const had = buttons.contains(document.activeElement);
    if (me.editor) buttons.replaceChildren(next(blog));
    if (had) status.focus(); // not the next button: it may end the night
  };
}
