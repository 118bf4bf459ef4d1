// What the desk knows: objects by kind and id, and the position. Pure.

export class State {
  constructor() {
    this.epoch = "";
    this.seq = 0;
    this.objects = new Map();
  }

  /**
   * Take in a catch-up {epoch, seq, reset, objects} or a change {epoch, seq, prev, objects}; what is older than what we
   * have is passed over. False when it does not follow on what we have: then ask for a catch-up.
   */
  take({ epoch, seq, prev, reset, objects }) {
    if (reset) {
      this.objects.clear();
    } else {
      const first = this.epoch === "" && prev === undefined;
      if (epoch !== this.epoch && !first) return false;
      if (seq < this.seq) return true;
      if (prev > this.seq) return false;
    }
    for (const object of objects) this.objects.set(`${object.kind}:${object.id}`, object);
    this.epoch = epoch;
    this.seq = seq;
    return true;
  }

  get blog() {
    return [...this.objects.values()].find((object) => object.kind === "blog");
  }

  get categories() {
    return (this.blog?.order ?? []).map((id) => this.objects.get(`category:${id}`)).filter(Boolean);
  }

  /** Newest first, without retracted ones. */
  get posts() {
    const posts = [...this.objects.values()].filter((object) => object.kind === "post" && !object.retracted);
    return posts.sort((a, b) => compare(b.published_at, a.published_at) || compare(b.id, a.id));
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
