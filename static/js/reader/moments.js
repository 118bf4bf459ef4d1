// The strip of key moments: all of the night, also those whose posts stand on older pages.

import { $, parse, swap } from "./elements.js";
import { reach } from "./story.js";

const list = $("moments").querySelector("ol");

/** Bring the strip to what the posts say; the server makes an item for each that is a key moment. */
export function putMoments(posts, reset) {
  if (reset) list.replaceChildren();
  posts.forEach(put);
  $("moments").hidden = list.children.length === 0;
}

function put(post) {
  const old = [...list.children].find((item) => item.dataset.id === post.id);
  if (!post.moment) return old?.remove();
  const made = parse(post.moment);
  if (old) return swap(old, made);
  return list.insertBefore(made, [...list.children].find((item) => placeOf(item) < placeOf(made)) ?? null);
}

const placeOf = (item) => [item.dataset.published, item.dataset.id].join();

list.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (item && !event.ctrlKey && !event.metaKey && !event.shiftKey && reach(item.dataset.id)) event.preventDefault();
});
