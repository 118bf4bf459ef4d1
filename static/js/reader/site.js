// The path below which the site is, such as /blog; empty for none.

const page = /** @type {Document | undefined} */ (globalThis.document);

export const prefix = page?.documentElement?.dataset?.prefix ?? "";
