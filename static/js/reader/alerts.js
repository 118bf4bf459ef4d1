// Notifications and a sound, for winners only, while the page is open. Both are off until asked for.

import { $ } from "./elements.js";
import { keep, recall } from "./memory.js";
import { Notices } from "./notices.js";
import { isSafe, isTold } from "./veil.js";
import { namesOf } from "./winners.js";
import { words } from "./words.js";

let notices;
let timer;
let slug;
let title;
let chime;

/** @param wording what a notice says of a result, for everybody or for those who watch later */
export function alertFrom(own, blogTitle, categories) {
  [slug, title] = [own, blogTitle];
  notices = new Notices({ hold: Number(recall("hold", 60)), told: recall(`${slug}:notified`, {}), categories });
  $("hold").value = String(notices.hold);
  $("notify").checked = recall("notify", false) && globalThis.Notification?.permission === "granted";
  $("sound").checked = recall("sound", false);
  $("alerts").addEventListener("click", () => open($("alerts-panel").hidden));
  $("alerts-panel").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open(false);
    $("alerts").focus();
  });
  $("notify").addEventListener("change", askLeave);
  $("hold").addEventListener("change", () => {
    notices.hold = Number($("hold").value);
    keep("hold", notices.hold);
    tell(notices.due(Date.now()));
  });
  $("sound").addEventListener("change", () => {
    keep("sound", $("sound").checked);
    if ($("sound").checked) play(); // the browser wants a tap before the first sound; and so it is heard once
  });
}

function open(yes) {
  $("alerts-panel").hidden = !yes;
  $("alerts").setAttribute("aria-expanded", yes);
}

async function askLeave() {
  const note = $("alerts-note");
  note.textContent = "";
  if ($("notify").checked) {
    const leave = globalThis.Notification ? await Notification.requestPermission() : "none";
    $("notify").checked = leave === "granted";
    note.textContent = { granted: words.notifying, none: words.cannotNotify }[leave] ?? words.mayNotNotify;
  }
  keep("notify", $("notify").checked);
}

/** Categories as they came, whether or not the page shows them yet. */
export function alertTo(categories) {
  const now = Date.now();
  tell(categories.flatMap((category) => notices.see(category, now)));
}

function tell(news) {
  clearTimeout(timer);
  if (Number.isFinite(notices.next)) timer = setTimeout(() => tell(notices.due(Date.now())), Math.max(50, notices.next - Date.now()));
  if (!news.length) return;
  if ($("sound").checked) play();
  if ($("notify").checked) news.forEach(notify);
  else for (const { category } of news) delete notices.told[category.id]; // nobody was told
  keep(`${slug}:notified`, notices.told);
}

function notify({ category, what }) {
  const names = namesOf(category);
  const hush = isSafe() && !isTold(category.id);
  const openly = { won: words.won(category.name, names), corrected: words.corrected(category.name, names), withdrawn: words.withdrawn(category.name) };
  const quietly = what === "won" ? words.decided(category.name) : words.changed(category.name);
  try {
    const notice = new Notification(title, { body: hush ? quietly : openly[what], tag: `${slug}:${category.id}`, renotify: true, silent: true });
    notice.onclick = () => { focus(); notice.close(); };
  } catch {
    $("alerts-note").textContent = words.cannotNotify; // some phones want a service worker for it
  }
}

/** Two soft notes; made here, so nothing is loaded. */
function play() {
  chime ??= new AudioContext();
  for (const [at, pitch] of [[0, 659.3], [0.16, 987.8]]) {
    const [tone, level] = [chime.createOscillator(), chime.createGain()];
    const start = chime.currentTime + at;
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.12, start);
    level.gain.exponentialRampToValueAtTime(0.0001, start + 0.9);
    tone.connect(level).connect(chime.destination);
    tone.start(start);
    tone.stop(start + 1);
  }
}
