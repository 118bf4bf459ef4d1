// Older pages and posts at their own address: no update arrives there, but those that are there stay true.

import { keepTime, tick } from "./clock.js";
import { $, all, find, parse, part, placeOf } from "./elements.js";
import { embedsFrom } from "./embeds.js";
import { keepPlace } from "./keep_place.js";
import { putKickers } from "./kicker.js";
import { putTitleAndStatus } from "./masthead.js";
import { ofKind } from "./objects.js";
import { rememberOrder } from "./order.js";
import { PAGE, pagesAt } from "./paging.js";
import { preparePaper } from "./paper.js";
import { largePicturesFrom } from "./picture_links.js";
import { keepAnchored } from "./scroll_anchor.js";
import { scrollersFrom } from "./scrollers.js";
import { shareFrom } from "./share.js";
import { prefix } from "./site.js";
import { hidesResults } from "./spoiler_choice.js";
import { hideSpoilers, offerChoice, startSpoilerView } from "./spoiler_view.js";
import { followStream } from "./stream.js";
import { setText, swap } from "./swap.js";
import { putWhole } from "./whole.js";
import { words, write } from "./words.js";

/** @import { Blog, Category, Facts, Post, PublicObject } from "./wire.d.ts" */

/** @type {Facts} */
const facts = JSON.parse($("facts").textContent ?? "");
let { blog } = facts;
const categories = new Map(facts.categories.map((category) => [category.id, category]));
const main = $("main");
const live = `${prefix}/live/${blog.id}`;

/** @param {string} text */
const say = (text) => write($("said"), text);
/** The post whose own address this is. */
const chosen = () => all(".chosen article")[0];
/** @param {HTMLElement} article */
const headingOf = (article) => all("h2:not(.unseen, .veil *)", article)[0]?.textContent;

/** @param {PublicObject[]} objects @param {boolean} reset @param {string} [tally] */
function put(objects, reset, tally) {
  const posts = ofKind(objects, "post");
  ofKind(objects, "category").forEach(putCategory);
  ofKind(objects, "blog").forEach(putBlog);
  const sent = new Map(posts.map((post) => [post.id, post]));
  for (const article of all("article")) putPost(article, sent.get(article.dataset.id ?? ""), reset);
  putWhole(tally);
  putPages(pagesAt(Math.max(0, ...posts.map((post) => (post.retracted ? 0 : placeOf(parse(post.html)))))));
  hideSpoilers(posts);
  tick(blog.timezone);
}

/** @param {Category} category */
function putCategory(category) {
  categories.set(category.id, category);
  putKickers(category);
}

/** @param {Blog} next */
function putBlog(next) {
  const [title] = all("title").slice(-1);
  setText(title, chosen() ? titleOf(chosen(), next) : (title.textContent ?? "").replace(blog.title, () => next.title));
  blog = next;
  putTitleAndStatus(blog, facts.labels);
}

/** @param {HTMLElement} article @param {Blog} of */
const titleOf = (article, of) => `${headingOf(article) ?? words.update} – ${of.title}`;

/**
 * @param {HTMLElement} article
 * @param {Post | undefined} post as it was sent
 * @param {boolean} reset what was not sent is gone
 */
function putPost(article, post, reset) {
  const own = article === chosen();
  if (post?.retracted || (reset && !post)) {
    if (own) putRemoved();
    else article.remove();
  } else if (post) {
    const before = headingOf(article);
    swap(article, parse(post.html));
    if (!own || headingOf(article) === before) return;
    setText(all("title").slice(-1)[0], titleOf(article, blog));
    if (!hidesResults()) say(headingOf(article) ?? "");
  }
}

/** This post was retracted: the page is what the server would send now. */
function putRemoved() {
  const removed = /** @type {HTMLTemplateElement} */ (find("removed"));
  part(document, ".chosen").replaceWith(removed.content);
  for (const around of all(".around")) around.remove();
  const order = part(main, ".older a");
  order.setAttribute("href", (order.getAttribute("href") ?? "").split("#")[0]);
  setText(all("title").slice(-1)[0], `${removed.dataset.title} – ${blog.title}`);
  removed.remove();
  say(part(main, ".removed h2").textContent ?? "");
}

/** Updates pass on to older pages while this one is open: links lead to where they are. @param {number} pages */
function putPages(pages) {
  const n = Number(main.dataset.page);
  const article = chosen();
  if (article && placeOf(article) <= pages * PAGE) {
    part(main, ".older a").setAttribute("href", `${live}/pages/${Math.ceil(placeOf(article) / PAGE)}#${article.id}`);
  }
  if (!n || pages <= Number($("pages").textContent)) return;
  setText($("pages"), String(pages));
  const newer = part(main, ".older [rel=prev]");
  newer.setAttribute("href", `${live}/pages/${n + 1}`);
  write(newer, words.newer);
}

keepTime(() => blog.timezone);
embedsFrom();
largePicturesFrom(() => import("./large_picture.bundle.js"));
scrollersFrom();
preparePaper();
keepAnchored();
startSpoilerView(facts, categories, () => import("./spoilers.bundle.js"));
offerChoice();
shareFrom(say);
rememberOrder();
const { epoch = "", seq, mark } = main.dataset;
followStream(blog.id, { epoch, seq: Number(seq), mark }, (...message) => keepPlace(() => put(...message)));
