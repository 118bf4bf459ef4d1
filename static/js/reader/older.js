// Older pages and posts at their own address: nothing moves there, but results can be hidden and updates shared.

import { keepTime } from "./clock.js";
import { $ } from "./elements.js";
import { embedsFrom } from "./embeds.js";
import { rememberOrder } from "./order.js";
import { shareFrom } from "./share.js";
import { startSpoilerView } from "./spoiler_view.js";
import { write } from "./words.js";

/** @import { Facts } from "./wire.d.ts" */

/** @type {Facts} */
const { blog, categories } = JSON.parse($("facts").textContent ?? "");
keepTime(() => blog.timezone);
embedsFrom();
startSpoilerView(blog.id, new Map(categories.map((category) => [category.id, category])));
shareFrom((text) => write($("said"), text));
rememberOrder();
