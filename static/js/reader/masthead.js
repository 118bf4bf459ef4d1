// What pages say of the night above all: its title, summary and status.

import { $, part } from "./elements.js";
import { blogIs } from "./spoiler_view.js";
import { write } from "./words.js";

/** @import { Blog, Facts } from "./wire.d.ts" */

/** The masthead of the live page. @param {Blog} blog @param {Facts["labels"]} labels */
export function putMasthead(blog, labels) {
  putTitleAndStatus(blog, labels);
  $("title").className = titleSize(blog.title);
}

/** On any page of the night. @param {Blog} blog @param {Facts["labels"]} labels */
export function putTitleAndStatus(blog, labels) {
  blogIs(blog);
  const status = part(document, ".status");
  status.className = `status ${blog.status}`;
  write(status, labels.status[blog.status] ?? "");
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
