// The strip of key moments: all of the night, also those whose posts stand on older pages.

import { $, element, parse } from "./elements.js";
import { reach } from "./story.js";

const list = $("moments").querySelector("ol");
const MOST = 70; // signs of a post without headline, as liveblog/web/render.py cuts them
const isMoment = (post) => !post.retracted && (post.key || post.type === "result");

/** Bring the strip to what the objects say. */
export function putMoments(posts, reset) {
  if (reset) list.replaceChildren();
  posts.forEach(put);
  $("moments").hidden = list.children.length === 0;
}

function put(post) {
  const old = [...list.children].find((item) => item.dataset.id === post.id);
  if (!isMoment(post)) return old?.remove();
  const made = itemOf(post);
  if (old) return old.replaceWith(made);
  const place = [post.published_at, post.id].join();
  const after = [...list.children].find((item) => [item.dataset.published, item.dataset.id].join() < place);
  return list.insertBefore(made, after ?? null);
}

function itemOf(post) {
  const item = element("li", "", { class: post.type === "result" ? "moment result" : "moment", "data-id": post.id, "data-published": post.published_at });
  if (post.category) item.dataset.category = post.category;
  const link = element("a", "", { href: `${location.pathname}/posts/${post.id}` });
  link.append(element("time", "", { datetime: post.published_at }), " ", element("span", gist(post), { class: "gist" }));
  item.append(link);
  return item;
}

function gist(post) {
  const text = post.headline ?? [...parse(post.html).querySelector(".body").childNodes].map((node) => node.textContent).join(" ").split(/\s+/).filter(Boolean).join(" ");
  const signs = [...text];
  if (signs.length <= MOST) return text;
  const cut = signs.slice(0, MOST + 1).join("");
  return `${cut.slice(0, Math.max(0, cut.lastIndexOf(" "))).replace(/[ ,.;:–-]+$/, "")}…`;
}

list.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (item && !event.ctrlKey && !event.metaKey && !event.shiftKey && reach(item.dataset.id)) event.preventDefault();
});
