// What the desk knows: the objects of both timelines, the readers' and its own, by kind and id. Pure. What follows on
// what is ../reader/protocol.js's.

/** @import { Approved, Blog, Call, Category, DeskObject, Draft, Nominee, Post } from "./desk.d.ts" */

/** One timeline. */
export class State {
  /** @type {Map<string, DeskObject>} */
  objects = new Map();
  /** The last versions that this page had of posts that were retracted since, by id. @type {Map<string, Post>} */
  former = new Map();
  /** Whether it is known what there is: before the first answer nothing is. */
  known = false;
  #zone;

  /** @param {string} [zone] the event's, until the first answer tells it */
  constructor(zone = "UTC") {
    this.#zone = zone;
  }

  /**
   * Put in objects, each in place of its older version; with `reset` they are all there is.
   * @param {DeskObject[]} objects
   */
  put(objects, reset = false) {
    this.known = true;
    if (reset) this.objects.clear();
    for (const object of objects) {
      const name = `${object.kind}:${object.id}`;
      const before = this.objects.get(name);
      if (object.kind === "post" && object.retracted && before?.kind === "post" && !before.retracted) {
        this.former.set(object.id, before);
      }
      this.objects.set(name, object);
    }
  }

  /** @template {DeskObject["kind"]} K @param {K} kind @returns {Extract<DeskObject, {kind: K}>[]} */
  #all(kind) {
    return /** @type {any[]} */ ([...this.objects.values()].filter((object) => object.kind === kind));
  }

  /** @returns {Blog} none before the first answer */
  get blog() {
    return this.#all("blog")[0];
  }

  /** The event's time zone. */
  get zone() {
    return this.blog?.timezone ?? this.#zone;
  }

  /** @param {string | null | undefined} id */
  category(id) {
    return /** @type {Category | undefined} */ (this.objects.get(`category:${id}`));
  }

  /** The last step of a category's result, on the desk's own timeline. @param {string} id */
  call(id) {
    return /** @type {Call | undefined} */ (this.objects.get(`call:${id}`));
  }

  /** In running order. */
  get categories() {
    return (this.blog?.order ?? []).map((id) => this.category(id)).filter((category) => category !== undefined);
  }

  /** Newest first, without retracted ones. */
  get posts() {
    const posts = this.#all("post").filter((post) => !post.retracted);
    return posts.sort((a, b) => compare(b.published_at, a.published_at) || compare(b.id, a.id));
  }

  /** The tombstones of retracted posts: their ids and versions. */
  get retracted() {
    return this.#all("post").filter((post) => post.retracted);
  }

  /** What became of drafts of `who` that others published, newest first. @param {string} who @returns {Approved[]} */
  approved(who) {
    const found = /** @type {Approved[]} */ (this.#all("draft").filter(({ author, published }) =>
      published && author === who && published.by !== who));
    return found.sort((a, b) => compare(b.published.at, a.published.at));
  }

  /** Last changed first, without those that were published or discarded. */
  get drafts() {
    return this.#all("draft").filter((draft) => !draft.gone).sort((a, b) => b.seq - a.seq);
  }
}

/** Both timelines: what readers have, and what only the desk has. */
export class Timelines {
  desk = new State();

  /** @param {string} [zone] the event's, until the first answer tells it */
  constructor(zone) {
    this.public = new State(zone);
  }

  /** An object of either. @param {string} ref `post:…`, `draft:…` and so on @returns {DeskObject | undefined} */
  find(ref) {
    return this.public.objects.get(ref) ?? this.desk.objects.get(ref);
  }

  /** The version of an object that the desk shows. @param {string} ref */
  seqOf(ref) {
    return this.find(ref)?.seq;
  }

  /** @param {Category} category @param {Nominee} nominee */
  prepared(category, nominee) {
    return prepared(this.desk.drafts, category, nominee);
  }
}

/** @param {string} a @param {string} b */
const compare = (a, b) => (a < b ? -1 : Number(a > b));

/**
 * The step that made a category what it is; undefined while the desk's own timeline is still behind.
 * @param {Timelines} timelines
 * @param {Category} category
 */
export function lastCall(timelines, category) {
  const call = timelines.desk.call(category.id);
  const made = category.doubt ? ["doubt"] : STEPS[category.state];
  return call && made?.includes(call.act) && String(call.winners) === String(category.winners) ? call : undefined;
}

/** The steps that lead to a state. @type {Record<string, string[]>} */
const STEPS = { on_stage: ["on_stage", "recall"], announced: ["announce", "recall"], confirmed: ["confirm"] };

/** @param {Category} category */
export const winnersOf = ({ nominees, winners: won }) => nominees.filter(({ id }) => won.includes(id));

/** The names of a category's winners, `Sean Baker (Anora)`. @param {Category} category */
export function winners(category) {
  return winnersOf(category).map(named);
}

/** The films for which a nominee counts. @param {Nominee} nominee */
export const filmsOf = ({ film, films }) => films ?? (film ? [film] : []);

/**
 * What stands beside a nominee's name: the films, unless the film itself is nominated, and the role, song or country.
 * @param {Nominee} nominee
 */
export function beside(nominee) {
  const films = filmsOf(nominee).filter((film) => film !== nominee.name);
  return { films, detail: nominee.detail ?? "", words: [...films, nominee.detail ?? ""].filter(Boolean) };
}

/** A nominee with what stands beside the name, `Sean Baker (Anora)`. @param {Nominee} nominee */
export function named(nominee) {
  const { words } = beside(nominee);
  return words.length ? `${nominee.name} (${words.join(", ")})` : nominee.name;
}

/**
 * A nominee's name, with what stands beside it if that tells it from another one.
 * @param {Category} category
 * @param {Nominee} nominee
 */
export const called = ({ nominees }, nominee) =>
  (nominees.some((one) => one.name === nominee.name && named(one) !== named(nominee)) ? named(nominee) : nominee.name);

/**
 * The text prepared for a nominee, still to be released; undefined when there is none.
 * @param {Draft[]} drafts
 * @param {Category} category
 * @param {Nominee} nominee
 */
export function prepared(drafts, category, nominee) {
  return drafts.find((draft) => !draft.put_away && draft.outcome?.category === category.id
    && draft.outcome?.nominee === nominee.id);
}

/**
 * For each category that is still open, which of its nominees has a text.
 * @param {Category[]} categories
 * @param {Draft[]} drafts
 */
export function readiness(categories, drafts) {
  const open = categories.filter(({ state, nominees }) => ["upcoming", "on_stage"].includes(state) && nominees.length);
  return open.map((category) => {
    const texts = category.nominees.map((nominee) => ({ nominee, text: prepared(drafts, category, nominee) }));
    return { category, texts, ready: texts.filter(({ text }) => text).length };
  });
}

/**
 * The drafts by what has to be done with them, each last changed first, but what is scheduled by its time.
 * @param {Draft[]} drafts
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

/**
 * Whether somebody else changed a draft since `who` last looked at it.
 * @param {Draft} draft
 * @param {string} who
 * @param {Record<string, number>} seen versions by the drafts' ids
 */
export const unread = (draft, who, seen) => (draft.editor ?? draft.author) !== who && draft.seq > (seen[draft.id] ?? 0);
