// Which posts a frame shows: the newest few, or one alone. Pure.

/**
 * What to do about a post.
 * @param {{id: string, retracted?: boolean}} post
 * @param {number} place its place in the night
 * @param {Map<string, number>} shown the places of the posts on the page, by id
 * @param {{most: number, only?: string}} limits
 * @returns {"remove" | "replace" | "insert" | "pass"}
 */
export function fate(post, place, shown, { most, only }) {
  if (only && post.id !== only) return "pass";
  if (post.retracted) return shown.has(post.id) ? "remove" : "pass";
  if (shown.has(post.id)) return "replace";
  if (!most) return "pass";
  const oldest = Math.min(...shown.values());
  if (shown.size === 0 || place > oldest) return "insert";
  return "pass"; // what lies below may have neighbours that are not here
}

/** The ids that are too many, by place. @param {Map<string, number>} shown @param {number} most */
export function surplus(shown, most) {
  return [...shown].sort(([, one], [, two]) => two - one).slice(most).map(([id]) => id);
}
