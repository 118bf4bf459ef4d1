// What editors ask for, as acts for the outbox (outbox.js): where each goes, the version that it is meant for, and the
// text that comes back when it is taken back. Pure.

import { EDITABLE, fieldsOf, titleOf } from "./text.js";

/** @import { Asked, Blog, Category, Draft, Edited, Post, Text, Written } from "./desk.d.ts" */

const PATHS = { category: "/categories", post: "/posts", draft: "/drafts" };

/**
 * An act on an object, meant for the version that is handed in.
 * @param {{kind: keyof typeof PATHS, id: string, seq: number}} object
 */
const on = ({ kind, id, seq }, tail = "") =>
  ({ path: `${PATHS[kind]}/${id}${tail}`, match: seq, subject: `${kind}:${id}` });

// -- the blog

/** @param {Blog} blog @param {string} status @param {string} words @returns {Asked} */
export const changeStatus = (blog, status, words) =>
  ({ kind: "status", method: "PATCH", path: "", body: { status }, match: blog.seq, subject: `blog:${blog.id}`, words });

/** Pin a post, or take the pin off it. @param {Blog} blog @param {Post} post @param {boolean} on @returns {Asked} */
export const pin = (blog, post, on) => ({
  kind: "pin", method: "PUT", path: "/pin", body: { post: on ? post.id : null }, subject: `blog:${blog.id}`,
  words: `${on ? "Pin" : "Unpin"} “${titleOf(post)}”`,
});

// -- categories

/**
 * @param {Category} category
 * @param {string} name the step: "on-stage", "announce", "confirm", "recall"
 * @param {string} words
 * @param {object} [body]
 * @returns {Asked}
 */
export const step = (category, name, words, body = {}) =>
  ({ kind: name, method: "POST", body, words: `${words} ${category.name}`, ...on(category, `/${name}`) });

/**
 * Change what readers are told about the last recall.
 * @param {Category} category
 * @param {string} note
 * @returns {Asked}
 */
export const changeNote = (category, note) => ({
  kind: "edit", method: "PATCH", body: { correction: note }, words: `Change the note about ${category.name}`,
  ...on(category),
});

// -- posts

/** @param {Text} text @returns {Asked} */
export const publish = (text) => ({
  kind: "publish", method: "POST", path: "/posts", body: text, words: `Publish “${titleOf(text)}”`,
  edit: { text, target: null },
});

/** @param {Post} post @returns {Asked} */
export const undo = (post) =>
  ({ kind: "undo", method: "POST", body: {}, words: "Take back what was just published", ...on(post, "/undo") });

/** For no version: a newer one never blocks a takedown. @param {Post} post @returns {Asked} */
export const retract = (post) =>
  ({ kind: "retract", method: "DELETE", words: `Retract “${titleOf(post)}”`, ...on(post), match: undefined });

/** Remove for good what is kept of a retracted post. @param {Post} post @returns {Asked} */
export const purge = (post) => ({
  kind: "purge", method: "POST", body: {}, words: "Purge a retracted update", ...on(post, "/purge"), match: undefined,
});

/**
 * @param {Post} post
 * @param {Text} version
 * @param {number} seq the newest version's
 * @param {string} [correction] a note for readers
 * @returns {Asked}
 */
export function restore(post, version, seq, correction) {
  const text = { ...fieldsOf(version, EDITABLE), ...(correction && { correction }) };
  const edit = { text, target: { kind: post.kind, id: post.id, base: post } };
  return { kind: "restore", method: "PATCH", body: text, words: `Restore “${titleOf(version)}”`, edit, ...on(post),
    match: seq };
}

/**
 * Put an edited text in place of a version of a post or draft; a draft's plan goes with it.
 * @param {Edited} edited
 * @param {Written} version
 * @returns {Asked}
 */
export function replace(edited, version) {
  const { text, plan } = edited;
  const isDraft = version.kind === "draft";
  return { kind: isDraft ? "draft" : "edit", method: "PATCH", body: isDraft ? { ...text, ...plan } : text,
    words: `Edit “${titleOf(text)}”`, edit: edited, ...on(version) };
}

// -- drafts

/**
 * Save a draft, which is a new one without a target.
 * @param {Edited} edited
 * @param {object} body
 * @returns {Asked}
 */
export const saveDraft = (edited, body) => ({
  kind: "draft", body, words: `Save the draft “${titleOf(edited.text)}”`, edit: edited,
  ...(edited.target ? { method: "PATCH", ...on(edited.target.base) } : { method: "POST", path: "/drafts" }),
});

/** @param {Draft} draft @param {Edited} [edit] @returns {Asked} */
export const publishDraft = (draft, edit) => ({
  kind: "publish-draft", method: "POST", body: {}, words: `Publish “${titleOf(draft)}”`, edit, ...on(draft, "/publish"),
});

/** @param {Draft} draft @returns {Asked} */
export const submitDraft = (draft) =>
  ({ kind: "draft", method: "POST", body: {}, words: `Submit “${titleOf(draft)}”`, ...on(draft, "/submit") });

/** Give a draft back to its author. @param {Draft} draft @param {unknown} note @returns {Asked} */
export const returnDraft = (draft, note) =>
  ({ kind: "draft", method: "POST", body: { note }, words: `Return “${titleOf(draft)}”`, ...on(draft, "/return") });

/** @param {Draft} draft @returns {Asked} */
export const discardDraft = (draft) =>
  ({ kind: "draft", method: "DELETE", words: `Discard “${titleOf(draft)}”`, ...on(draft) });
