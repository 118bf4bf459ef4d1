// The objects of a message. Pure.

/** @import { PublicObject } from "./wire.d.ts" */

/**
 * The objects of one kind. A category that was taken off the board is only missed in the running order: it is none.
 * @template {PublicObject["kind"]} K
 * @param {PublicObject[]} objects
 * @param {K} kind
 * @returns {Extract<PublicObject, {kind: K}>[]}
 */
export const ofKind = (objects, kind) => /** @type {any[]} */ (
  objects.filter((object) => object.kind === kind && !(object.kind === "category" && object.removed)));
