// What to look at before the night begins or ends: what is missing, what is still open, and where to see to it. Pure.

import { readiness } from "./state.js";
import { titleOf } from "./text.js";

/** @import { Category, Draft, Finding, Place, Post, Written } from "./desk.d.ts" */

/**
 * @typedef {object} Night
 * @property {Category[]} categories
 * @property {Post[]} posts
 * @property {Draft[]} drafts
 * @property {boolean} addressed whether the site knows its public address
 */

const NO_ADDRESS = "The site’s public address is not set (LIVEBLOG_BASE_URL): links in feeds and share pictures may " +
  "be wrong. Tell whoever runs the server.";

/**
 * @param {"live" | "ended"} status what the night is about to become
 * @param {Night} night
 * @returns {Finding[]} none if there is nothing to say
 */
export function nightCheck(status, { categories, posts, drafts, addressed }) {
  const ends = status === "ended";
  const own = drafts.filter((draft) => !draft.put_away && !draft.outcome);
  /** @param {string} name */
  const of = (name) => categories.filter(({ state }) => state === name);
  return [
    ends && found("still on stage", of("on_stage").map(onStage)),
    found("in doubt", categories.filter(({ doubt }) => doubt).map(onStage)),
    found("provisional", of("announced").filter(({ doubt }) => !doubt).map(onStage)),
    ends && found("never called", of("upcoming").map(onStage)),
    found("without nominees", categories.filter(({ nominees }) => !nominees.length).map(inSetup)),
    !ends && found("with nominees who have no text yet", unprepared(categories, drafts)),
    found("submitted and not published", own.filter(({ state }) => state === "submitted").map(amongDrafts), "draft"),
    found("still scheduled", own.filter(goesByItself).map(amongDrafts), "draft"),
    found("not published", own.filter(isWorking).map(amongDrafts), "draft"),
    found("with a picture that has no description", [...posts, ...own].filter(isUndescribed).map(inComposer), "text"),
    !addressed && { words: NO_ADDRESS, places: [] },
  ].filter((each) => each !== false);
}

/**
 * @param {string} what
 * @param {Place[]} places
 * @param {"category" | "draft" | "text"} noun
 */
function found(what, places, noun = "category") {
  const many = noun === "category" ? "categories" : `${noun}s`;
  return places.length > 0 && { words: `${places.length} ${places.length === 1 ? noun : many} ${what}`, places };
}

/** @param {Written} object */
const ref = ({ kind, id }) => `${kind}:${id}`;

/** @param {Category} category @returns {Place} */
const onStage = ({ id, name }) => ({ kind: "stage", id, words: name });

/** @param {Category} category @returns {Place} */
const inSetup = ({ id, name }) => ({ kind: "setup", id, words: name });

/** @param {Draft} draft @returns {Place} */
const amongDrafts = (draft) => ({ kind: "draft", id: ref(draft), words: titleOf(draft) });

/** @param {Written} written @returns {Place} */
const inComposer = (written) => ({ kind: "text", id: ref(written), words: titleOf(written) });

/** @param {Category[]} categories @param {Draft[]} drafts @returns {Place[]} */
const unprepared = (categories, drafts) => readiness(categories, drafts)
  .filter(({ texts, ready }) => ready < texts.length)
  .map(({ category: { id, name }, texts, ready }) =>
    ({ kind: "prepared", id, words: `${name}: ${ready}\u00a0of\u00a0${texts.length}` }));

/** @param {Draft} draft */
const goesByItself = ({ publish_at: at, on }) => Boolean(at || on);

/** @param {Draft} draft */
const isWorking = (draft) => draft.state !== "submitted" && !goesByItself(draft);

/** @param {Written} written */
const isUndescribed = ({ media = [] }) => media.some(({ alt }) => !alt?.trim());
