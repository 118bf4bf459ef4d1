// How long ago, in words, while it is fresh. Pure.

/** "now", "5 min ago" for the first hour; null later. Never negative: a clock that is behind reads as now. */
export function relative(at, now) {
  const minutes = Math.floor(Math.max(0, now - at) / 60000);
  if (minutes < 1) return "now";
  return minutes < 60 ? `${minutes} min ago` : null;
}
