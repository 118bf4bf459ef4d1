// What the desk knows: objects by kind and id, and the position. Pure.

export class State {
  constructor() {
    this.epoch = "";
    this.seq = 0;
    this.objects = new Map();
  }

  /** Take in a catch-up ({epoch, seq, reset, objects}); an answer older than what we have is passed over. */
  take({ epoch, seq, reset, objects }) {
    if (!reset && epoch === this.epoch && seq < this.seq) return;
    if (reset) this.objects.clear();
    for (const object of objects) this.objects.set(`${object.kind}:${object.id}`, object);
    this.epoch = epoch;
    this.seq = seq;
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
    return posts.sort((a, b) => (a.published_at < b.published_at ? 1 : -1));
  }
}

/** The names of a category's winners, `Sean Baker (Anora)`. */
export function winners(category) {
  return category.nominees
    .filter((nominee) => category.winners.includes(nominee.id))
    .map((nominee) => (nominee.name === nominee.film ? nominee.name : `${nominee.name} (${nominee.film})`));
}
