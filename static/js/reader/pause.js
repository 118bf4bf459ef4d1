// Pausing the page (WCAG 2.2.2): nothing changes by itself until the reader goes on; what waits is counted.

import { holdTime, timeNow } from "./clock.js";
import { countOf, missed } from "./digest.js";
import { $ } from "./elements.js";
import { resultsOf } from "./winners.js";
import { words, write } from "./words.js";

/**
 * @import { PauseQueue } from "./pause_queue.js"
 * @import { PostList } from "./post_list.js"
 * @import { Category } from "./wire.d.ts"
 */

/**
 * @param {PauseQueue} queue
 * @param {object} page
 * @param {PostList} page.postList
 * @param {Map<string, Category>} page.categories as the page shows them, always
 * @param {() => string} page.zoneOf the event's time zone
 * @param {(text: string) => void} page.say
 * @param {(n: number) => void} page.changed told how many updates and results wait
 * @returns {() => void} to be called when something came
 */
export function pauseWith(queue, { postList, categories, zoneOf, say, changed }) {
  let from = { at: "", since: "", /** @type {Record<string, string>} */ before: {} }; // when the reader paused

  function pause() {
    from = { at: timeNow(), since: postList.newestAt ?? "", before: resultsOf(categories.values()) };
    queue.pause();
    $("digest").hidden = true; // one panel at a time
    holdTime(true, zoneOf());
    put();
    say(words.pausedAt(from.at, ""));
  }

  function resume() {
    queue.resume();
    holdTime(false, zoneOf());
    put();
    const next = $("pause").hidden ? "safe" : "pause"; // the night may have ended meanwhile
    if ($("paused").contains(document.activeElement)) $(next).focus({ preventScroll: true });
  }

  function counted() {
    const now = new Map(categories);
    for (const category of queue.waiting("category")) now.set(category.id, category);
    return countOf(missed({ ...from, posts: queue.waiting("post"), categories: now.values() }));
  }

  function put() {
    const { paused } = queue;
    $("pause").setAttribute("aria-pressed", String(paused));
    document.documentElement.classList.toggle("is-paused", paused);
    const counts = paused ? counted() : { winners: 0, doubts: 0, updates: 0 };
    if (paused) write($("paused-text"), words.pausedAt(from.at, words.missed(counts)));
    $("paused").hidden = !paused;
    changed(counts.winners + counts.doubts + counts.updates);
  }

  $("pause").addEventListener("click", () => (queue.paused ? resume() : pause()));
  $("resume").addEventListener("click", resume);
  return () => { if (queue.paused) put(); };
}
