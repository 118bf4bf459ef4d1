// Tells an editor that something was submitted for approval, by a sound or a notice. It is off until asked for, in each
// browser.

import { play } from "../reader/chime.js";
import { keep, recall } from "../reader/memory.js";
import { part } from "./dom.js";
import { Submissions } from "./submissions.js";
import { titleOf } from "./text.js";

/** @import { Draft, Workspace } from "./desk.d.ts" */

const KEPT = "tell-submitted";
const REFUSED = "This browser allows no notices of this site. Allow them in its settings, then choose again.";
const UNABLE = "This browser shows no notices. Choose the sound instead.";

export class SubmissionAlerts {
  /**
   * @param {Pick<Workspace, "me" | "slug" | "timelines">} workspace
   * @param {HTMLElement} place
   * @param {(ref: string) => void} goTo leads to a draft, `draft:…`
   */
  constructor({ me, slug, timelines }, place, goTo) {
    this.slug = slug;
    this.timelines = timelines;
    this.goTo = goTo;
    this.choice = /** @type {HTMLSelectElement} */ (part(place, "select"));
    this.problem = part(place, "[role=status]");
    this.submissions = new Submissions(me.name);
    const kept = recall(KEPT, "nothing");
    this.choice.value = kept === "notice" && globalThis.Notification?.permission !== "granted" ? "nothing" : kept;
    this.choice.addEventListener("change", () => this.#choose());
  }

  /** Tell what is new. */
  show() {
    if (!this.timelines.desk.known) return;
    const drafts = this.submissions.look(this.timelines.desk.drafts);
    if (drafts.length && this.choice.value === "sound") play();
    if (this.choice.value === "notice") for (const draft of drafts) this.#notify(draft);
  }

  async #choose() {
    this.problem.textContent = "";
    if (this.choice.value === "sound") play(); // so that it is heard once
    if (this.choice.value === "notice") await this.#askLeave();
    keep(KEPT, this.choice.value);
  }

  async #askLeave() {
    const leave = globalThis.Notification ? await Notification.requestPermission() : "none";
    if (leave === "granted") return;
    this.choice.value = "nothing";
    this.problem.textContent = leave === "none" ? UNABLE : REFUSED;
  }

  /** @param {Draft} draft */
  #notify(draft) {
    const options = { body: titleOf(draft), tag: `${this.slug}:${draft.id}`, renotify: true };
    try {
      const notice = new Notification(`${draft.author} submitted a draft`, options);
      notice.onclick = () => {
        focus();
        notice.close();
        this.goTo(`draft:${draft.id}`);
      };
    } catch {
      this.problem.textContent = UNABLE; // some phones want a service worker for it
    }
  }
}
