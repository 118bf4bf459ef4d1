// The masthead of the live page: the night's title, summary and status.

import { $ } from "./elements.js";
import { blogIs } from "./spoiler_view.js";
import { write } from "./words.js";

/** @import { Blog, Facts } from "./wire.d.ts" */

/** @param {Blog} blog @param {Facts["labels"]} labels */
export function putMasthead(blog, labels) {
  blogIs(blog);
  $("title").className = titleSize(blog.title);
  $("status").className = `status ${blog.status}`;
  write($("status"), labels.status[blog.status] ?? "");
  $("zone").dataset.zone = blog.timezone;
}

/**
 * A class for titles that are too long for the largest type; the same rule as `title_size` in liveblog/web/render.py.
 * @param {string} title
 */
function titleSize(title) {
  const units = [...title].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 2 : 1), 0);
  if (units > 60) return "longest";
  return units > 28 ? "long" : "";
}
