// What surrounds the composer's text: what it is, when it goes out, and what may be done with it.

import { element, label, part } from "./dom.js";
import { inWords, planned } from "./plan.js";

/**
 * @import { Category, Workspace } from "./desk.d.ts"
 * @import { Composition } from "./composition.js"
 */

/**
 * @typedef {Record<"title" | "submit" | "save" | "schedule" | "plan" | "cancel" | "note" | "correction", HTMLElement>}
 *   Parts
 */

/** @param {Parts} parts @param {Composition} composition @param {Pick<Workspace, "me" | "timelines">} workspace */
export function showHead(parts, composition, { me, timelines }) {
  const { target, onPost, opened, plan } = composition;
  const { blog, categories } = timelines.public;
  const goes = planned(plan) && blog ? inWords(plan, { categories, zone: blog.timezone }) : "";
  parts.title.textContent = titleOf(composition);
  parts.plan.hidden = !goes;
  part(parts.plan, "span").textContent = `Goes out ${goes}.`;
  label(parts.submit, submits(composition, me));
  parts.schedule.hidden = onPost || !me.editor;
  parts.save.hidden = onPost || (planned(plan) && me.editor);
  parts.correction.hidden = !onPost;
  parts.cancel.hidden = !opened;
  parts.cancel.textContent = onPost ? "Stop editing" : target ? "Close the draft" : "Close";
  const kind = composition.fields.type.closest("label");
  if (kind) kind.hidden = onPost;
  const note = target?.base.kind === "draft" && target.base.note;
  parts.note.textContent = note ? `Returned: ${note}` : "";
  parts.note.hidden = !note;
}

/** @param {Composition} composition */
function titleOf({ target, onPost, plan }) {
  if (onPost) return "Edit the update";
  if (plan.outcome) return "Text for a winner";
  return target ? "Draft" : "New update";
}

/**
 * What goes out by itself is saved, not published: the gold button never jumps the plan.
 * @param {Composition} composition
 * @param {Workspace["me"]} me
 */
function submits({ onPost, plan }, me) {
  if (onPost) return "Save";
  if (!me.editor) return "Submit";
  return planned(plan) ? "Save" : "Publish";
}

/** Offer the categories in their present states. @param {Composition} composition @param {Category[]} categories */
export function offerCategories({ fields: { category: field }, target, base }, categories) {
  /** @param {Category} category */
  const words = ({ name, state }) => (state === "on_stage" ? `${name} (on stage)` : name);
  const offered = JSON.stringify(categories.map((one) => [one.id, words(one)]));
  if (field.dataset.offered === offered) return;
  const chosen = field.value;
  const options = categories.map((one) => element("option", { value: one.id }, words(one)));
  field.replaceChildren(element("option", { value: "" }, "none"), ...options);
  field.value = chosen;
  field.dataset.offered = offered;
  if (target && chosen !== (base.category ?? "")) field.value = base.category ?? "";
}
