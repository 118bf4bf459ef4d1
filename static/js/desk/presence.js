// Who is at the desk, and what each of them edits. Pure.

export class Presence {
  /** @type {import("./desk.d.ts").Person[]} */
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
}
