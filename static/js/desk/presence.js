// Who is at the desk, and what each of them edits. Pure.

/** @import { DeskObject, Person } from "./desk.d.ts" */

export class Presence {
  /** @type {Person[]} */
  people = [];

  /** @param {string} who this page's editor */
  constructor(who) {
    this.who = who;
  }

  /** Who else is editing an object, in words; empty for nobody. @param {string} ref */
  editing(ref) {
    const others = this.people.filter((one) => one.editing === ref && one.name !== this.who).map((one) => one.name);
    if (!others.length) return "";
    return `${[...new Set(others)].join(" and ")} ${others.length > 1 ? "are" : "is"} editing this.`;
  }

  /** Each person once, whose tabs may be several. */
  get each() {
    /** @type {Map<string, Person>} */
    const found = new Map();
    for (const one of this.people) {
      found.set(one.name, { ...one, editing: one.editing ?? found.get(one.name)?.editing });
    }
    return [...found.values()];
  }
}

/**
 * What somebody does, in words.
 * @param {Pick<Person, "editing" | "role">} person
 * @param {(ref: string) => DeskObject | undefined} find an object that the desk knows
 */
export function doing({ editing, role }, find) {
  if (!editing) return role;
  const object = find(editing);
  const [kind] = editing.split(":", 1);
  if (kind === "category") return `edits ${object?.kind === "category" ? object.name : editing.slice(kind.length + 1)}`;
  if ((object?.kind === "post" || object?.kind === "draft") && object.headline) return `edits “${object.headline}”`;
  return kind === "draft" ? "edits a draft" : "edits an update";
}
