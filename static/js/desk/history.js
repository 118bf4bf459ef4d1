// The history of a post: every version, who made it and when; compare it with the one before or with today's, and bring
// it back.

import { button, element } from "./dom.js";
import { EDITABLE, fieldsOf } from "./text.js";
import { changes, titleOf } from "./versions.js";

/** Returns history(post), which opens the dialog. */
export function history(/** @type {import("./desk.d.ts").Desk} */ desk, { restored }) {
  async function open(post) {
    let versions;
    try {
      versions = (await desk.read(`/posts/${post.id}/history`)).versions;
    } catch (error) {
      return desk.rowActs.tell(`post:${post.id}`, error.message);
    }
    const place = element("div", { class: "history-version", "aria-live": "polite" });
    const all = versions.map(({ object, at: made, by }) => ({ text: object, at: made, by }));
    let at = 0;
    let against = "before";

    const compare = element("select",
      { "aria-label": "Compare", onchange: ({ target }) => { against = target.value; draw(); } },
      element("option", { value: "before" }, "with the version before"),
      element("option", { value: "now" }, "with today’s"));
    const tabs = element("ol", { class: "history-list" }, ...all.map((version, n) => element("li", {},
      button([element("time", { datetime: version.at }, moment(version.at)), " ",
        element("span", { class: "hint" }, [version.by, n === 0 && "now"].filter(Boolean).join(" · "))],
        () => { at = n; draw(); }, "quiet"))));

    function draw() {
      const version = all[at];
      const other = against === "now" ? all[0] : all[at + 1];
      [...tabs.children].forEach((item, n) => item.firstElementChild?.setAttribute("aria-pressed", String(n === at)));
      const difference = !other ? whole(version.text)
        : against === "now" ? changes(version.text, other.text, desk.state.categories)
          : changes(other.text, version.text, desk.state.categories);
      place.replaceChildren(
        element("p", { class: "hint" }, !other ? "The first version." : against === "now"
          ? "From this version to today’s:" : "What this version changed:"),
        difference,
        at > 0 && desk.editor
          ? element("div", { class: "row" }, button("Restore this version", () => restore(version), "main")) : "");
    }

    async function restore(version) {
      const body = fieldsOf(version.text, EDITABLE);
      try {
        await desk.act({ kind: "restore", method: "PATCH", path: `/posts/${post.id}`, body, match: all[0].text.seq,
          subject: `post:${post.id}`,
          words: `Restore “${titleOf(version.text)}”`,
          edit: { text: body, target: { kind: "post", id: post.id, base: post } } });
        dialog.close();
        restored();
      } catch (error) {
        problem.textContent = error.message;
        problem.hidden = false;
      }
    }

    const problem = element("p", { class: "problem", role: "alert", hidden: true });
    const dialog = element("dialog", { class: "wide", "aria-labelledby": "history-title" },
      element("h2", { id: "history-title" }, `History of “${titleOf(post)}”`),
      element("div", { class: "history" }, tabs, element("div", {}, element("label", {}, "Compare ", compare), place)),
      problem,
      element("div", { class: "row" }, button("Close", () => dialog.close())));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    draw();
    dialog.showModal();
    return undefined;
  }
  return open;
}

const whole = (text) =>
  element("blockquote", {}, text.headline && element("strong", {}, text.headline), element("p", {}, text.body ?? ""));

const moment = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
