// Notifications and a sound, for winners only, while the page is open. Both are off until asked for.

import { play } from "./chime.js";
import { $ } from "./elements.js";
import { keep, recall } from "./memory.js";
import { Notices } from "./notices.js";
import { hidesResults } from "./spoiler_choice.js";
import { isRevealed } from "./spoiler_view.js";
import { namesOf } from "./winners.js";
import { words, write } from "./words.js";

/** @import { Category, News } from "./wire.d.ts" */

export class Alerts {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #notify = /** @type {HTMLInputElement} */ ($("notify"));
  #sound = /** @type {HTMLInputElement} */ ($("sound"));
  #hold = /** @type {HTMLSelectElement} */ ($("hold"));
  #slug;
  #titleOf;
  #notices;

  /** @param {string} slug @param {() => string} titleOf the blog's @param {Category[]} categories at the start */
  constructor(slug, titleOf, categories) {
    this.#slug = slug;
    this.#titleOf = titleOf;
    const notified = recall(`${slug}:notified`, {});
    this.#notices = new Notices({ hold: Number(recall("hold", 60)), notified, categories });
  }

  start() {
    this.#hold.value = String(this.#notices.hold);
    this.#notify.checked = recall("notify", false) && globalThis.Notification?.permission === "granted";
    this.#sound.checked = recall("sound", false);
    $("alerts").addEventListener("click", () => open(Boolean($("alerts-panel").hidden)));
    $("alerts-panel").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      open(false);
      $("alerts").focus();
    });
    this.#notify.addEventListener("change", () => this.#askLeave());
    this.#hold.addEventListener("change", () => this.#choose(Number(this.#hold.value)));
    this.#sound.addEventListener("change", () => {
      keep("sound", this.#sound.checked);
      if (this.#sound.checked) play(); // the browser wants a tap before the first sound; and so it is heard once
    });
  }

  /** @param {number} hold seconds */
  #choose(hold) {
    this.#notices.hold = hold;
    keep("hold", hold);
    this.#tell(this.#notices.due(Date.now()));
  }

  async #askLeave() {
    const note = $("alerts-note");
    note.textContent = "";
    if (this.#notify.checked) {
      const leave = globalThis.Notification ? await Notification.requestPermission() : "none";
      this.#notify.checked = leave === "granted";
      write(note, wordsFor(leave));
    }
    keep("notify", this.#notify.checked);
  }

  /** Categories as they came, whether or not the page shows them yet. @param {Category[]} categories */
  take(categories) {
    const now = Date.now();
    this.#tell(categories.flatMap((category) => this.#notices.see(category, now)));
  }

  /** @param {News[]} news */
  #tell(news) {
    clearTimeout(this.#timer);
    const { next, notified } = this.#notices;
    if (Number.isFinite(next)) {
      this.#timer = setTimeout(() => this.#tell(this.#notices.due(Date.now())), Math.max(50, next - Date.now()));
    }
    if (!news.length) return;
    if (this.#sound.checked) play();
    if (this.#notify.checked) news.forEach((each) => this.#show(each));
    else for (const { category } of news) delete notified[category.id]; // nobody was
    keep(`${this.#slug}:notified`, notified);
  }

  /** @param {News} news */
  #show({ category, what }) {
    const body = hidesResults() && !isRevealed(category.id) ? quietly(category, what) : openly(category, what);
    const options = { body, tag: `${this.#slug}:${category.id}`, renotify: true, silent: true };
    try {
      const notice = new Notification(this.#titleOf(), options);
      notice.onclick = () => { focus(); notice.close(); };
    } catch {
      write($("alerts-note"), words.cannotNotify); // some phones want a service worker for it
    }
  }
}

/** @param {boolean} yes */
function open(yes) {
  $("alerts-panel").hidden = !yes;
  $("alerts").setAttribute("aria-expanded", String(yes));
}

/** @param {NotificationPermission | "none"} leave */
function wordsFor(leave) {
  if (leave === "granted") return words.notifying;
  return leave === "none" ? words.cannotNotify : words.mayNotNotify;
}

/** @param {Category} category @param {News["what"]} what */
function openly(category, what) {
  const names = namesOf(category);
  if (what === "won") return words.won(category.name, names);
  return what === "corrected" ? words.corrected(category.name, names) : words.withdrawn(category.name);
}

/** @param {Category} category @param {News["what"]} what */
const quietly = (category, what) => (what === "won" ? words.decided(category.name) : words.changed(category.name));
