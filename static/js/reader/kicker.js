// The line above a post's heading that names its category.

import { all } from "./elements.js";
import { setText } from "./swap.js";

/** @import { Category } from "./wire.d.ts" */

/** The id of a post's category. @param {HTMLElement} article */
export const categoryOf = (article) => all(".kicker", article)[0]?.dataset.category;

/** A category's name may have changed, in all posts of the page. @param {Category} category */
export function putKickers({ id, name }) {
  for (const kicker of all(`a[data-category="${CSS.escape(id)}"]`)) setText(kicker, name);
}
