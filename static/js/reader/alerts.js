// Notifications and a sound, for winners only, while the page is open. Both are off until asked for.

import { play } from "./chime.js";
import { $ } from "./elements.js";
import { keep, recall } from "./memory.js";
import { Notices } from "./notices.js";
import { hidesResultOf } from "./spoiler_view.js";
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
    const leave = leaveNow();
    this.#notify.checked = recall("notify", false) && leave === "granted";
    this.#notify.disabled = leave === "none" || leave === "denied";
    if (this.#notify.disabled) write($("alerts-note"), wordsFor(leave)); // before anybody ticks it in vain
    this.#sound.checked = recall("sound", false);
    openFrom($("alerts"), $("alerts-panel"));
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
      const leave = await Notification.requestPermission();
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
    const body = hidesResultOf(category.id) ? quietly(category, what) : openly(category, what);
    const options = { body, tag: `${this.#slug}:${category.id}`, renotify: true, silent: true };
    try {
      const notice = new Notification(this.#titleOf(), options);
      notice.onclick = () => { focus(); notice.close(); };
    } catch {
      write($("alerts-note"), words.cannotNotify);
    }
  }
}

/**
 * The button opens and closes the panel; Escape and a press elsewhere close it.
 * @param {HTMLElement} button
 * @param {HTMLElement} panel
 */
function openFrom(button, panel) {
  /** @param {boolean} yes */
  const open = (yes) => {
    panel.hidden = !yes;
    button.setAttribute("aria-expanded", String(yes));
  };
  button.addEventListener("click", () => open(Boolean(panel.hidden)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.preventDefault(); // the digest, which waits behind it, stays
    open(false);
    button.focus();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    const inside = [button, panel].some((each) => each.contains(/** @type {Node} */ (target)));
    if (!panel.hidden && !inside) open(false);
  });
}

/**
 * What the browser allows already; "none" if it cannot notify from a page. Browsers of Android want a service worker
 * and let the constructor throw, with which nothing is shown as long as nothing is allowed
 * (https://notifications.spec.whatwg.org/#constructors).
 * @returns {NotificationPermission | "none"}
 */
function leaveNow() {
  if (!globalThis.Notification) return "none";
  const { permission } = Notification;
  if (permission === "granted") return /Android(?!.*Firefox)/.test(navigator.userAgent) ? "none" : permission;
  try {
    new Notification("").close();
  } catch {
    return "none";
  }
  return permission;
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
