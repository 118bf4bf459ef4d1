// An address with an update, `#post-<id>`: the page goes there. One that has passed on to an older page has an address
// of its own. Where there is none, the page says so and stays.

import { find, part, said } from "./elements.js";
import { home } from "./order.js";
import { words } from "./words.js";

/** @import { PostList } from "./post_list.js" */

/**
 * @param {PostList} postList
 * @param {(text: string) => void} say
 * @returns {Promise<boolean>} whether the reader leaves this page
 */
export function followAddress(postList, say) {
  const go = () => goToAsked(postList, say).catch(() => false); // there is no connection, and the page says so
  addEventListener("hashchange", go);
  return go();
}

/** @param {PostList} postList @param {(text: string) => void} say */
async function goToAsked(postList, say) {
  find("absent")?.remove();
  const [, id] = location.hash.match(/^#post-([\w-]+)$/) ?? [];
  if (!id || postList.reach(id)) return false;
  const own = `${home}/posts/${id}${location.search}`;
  const { ok, status } = await fetch(own, { method: "HEAD" });
  if (ok) location.replace(own);
  if (status === 404 || status === 410) {
    part(document, ".masthead").append(said("p", words.absent, { id: "absent", class: "summary" }));
    say(words.absent);
  }
  return ok;
}
