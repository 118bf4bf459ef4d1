// What the desk knows of one timeline, public or private: objects by kind and id. Pure. What follows on what is
// ../reader/protocol.js's.

/**
 * @typedef {import("./desk.d.ts").Draft} Draft
 * @typedef {import("./desk.d.ts").DeskObject} DeskObject
 */

export class State {
  /** @type {Map<string, any>} */
  objects = new Map();

  /** Put in objects, each in place of its older version; with `reset` they are all there is. */
  put(objects, reset = false) {
    if (reset) this.objects.clear();
    for (const object of objects) this.objects.set(`${object.kind}:${object.id}`, object);
  }

  /** @returns {import("./desk.d.ts").Blog} none before the first answer */
  get blog() {
    return [...this.objects.values()].find((object) => object.kind === "blog");
  }

  /** @returns {import("./desk.d.ts").Category[]} */
  get categories() {
    return (this.blog?.order ?? []).map((id) => this.objects.get(`category:${id}`)).filter(Boolean);
  }

  /** Newest first, without retracted ones. @returns {import("./desk.d.ts").Post[]} */
  get posts() {
    const posts = [...this.objects.values()].filter((object) => object.kind === "post" && !object.retracted);
    return posts.sort((a, b) => compare(b.published_at, a.published_at) || compare(b.id, a.id));
  }

  /** Last changed first, without those that were published or discarded. @returns {Draft[]} */
  get drafts() {
    return [...this.objects.values()].filter((object) => object.kind === "draft" && !object.gone)
      .sort((a, b) => b.seq - a.seq);
  }
}

const compare = (a, b) => (a < b ? -1 : Number(a > b));

/** The names of a category's winners, `Sean Baker (Anora)`. */
export function winners(category) {
  return category.nominees.filter((nominee) => category.winners.includes(nominee.id)).map(named);
}

/** A nominee with the film, unless the film itself is nominated. */
export function named(nominee) {
  return nominee.name === nominee.film ? nominee.name : `${nominee.name} (${nominee.film})`;
}

/** The text prepared for a nominee, still to be released; undefined when there is none. */
export function prepared(drafts, category, nominee) {
  return drafts.find((draft) => !draft.put_away && draft.outcome?.category === category.id
    && draft.outcome?.nominee === nominee.id);
}

/**
 * The drafts by what has to be done with them: {submitted, scheduled, prepared, working, away}, each last changed
 * first, but what is scheduled by its time.
 */
export function sorted(drafts) {
  /** @type {Record<"submitted" | "scheduled" | "prepared" | "working" | "away", Draft[]>} */
  const piles = { submitted: [], scheduled: [], prepared: [], working: [], away: [] };
  for (const draft of drafts) {
    if (draft.put_away) piles.away.push(draft);
    else if (draft.outcome) piles.prepared.push(draft);
    else if (draft.publish_at || draft.on) piles.scheduled.push(draft);
    else if (draft.state === "submitted") piles.submitted.push(draft);
    else piles.working.push(draft);
  }
  piles.scheduled.sort((a, b) => compare(a.publish_at ?? "~", b.publish_at ?? "~"));
  return piles;
}

/** What somebody else did to a draft since it was last looked at: new to `who`. `seen` maps draft ids to versions. */
export const unread = (draft, who, seen) => (draft.editor ?? draft.author) !== who && draft.seq > (seen[draft.id] ?? 0);
