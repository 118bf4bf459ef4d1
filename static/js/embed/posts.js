// Which posts a frame shows: the newest few, or one alone. Pure.

/** What to do about a post: "remove", "replace", "insert" or "pass"; `shown` holds the places on the page by id. */
export function fate(post, place, shown, { most, only }) {
  if (only && post.id !== only) return "pass";
  if (post.retracted) return shown.has(post.id) ? "remove" : "pass";
  if (shown.has(post.id)) return "replace";
  if (!most) return "pass";
  const oldest = Math.min(...shown.values());
  return shown.size === 0 || place > oldest ? "insert" : "pass"; // what lies below may have neighbours that are not here
}

/** The ids that are too many, by place. */
export function surplus(shown, most) {
  return [...shown].sort(([, one], [, two]) => two - one).slice(most).map(([id]) => id);
}
