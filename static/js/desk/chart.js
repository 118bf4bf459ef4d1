// A line of readers over the night, as the points of an SVG. Pure.

/**
 * @param {[string, number][]} points times (RFC 3339) with the number of readers, oldest first
 * @param {{width: number, height: number, most?: number}} box `most` is the least that the top stands for
 * @returns the `points` of a polyline (`line`) and the `d` of a path (`area`) in a box of width × height; null
 *   without two points
 */
export function plot(points, { width, height, most: least = 10 }) {
  const found = points.map(([at, readers]) => [Date.parse(at), readers]).filter(([at]) => !Number.isNaN(at));
  if (found.length < 2) return null;
  const [from, to] = [found[0][0], found[found.length - 1][0]];
  const most = roof(Math.max(least, ...found.map(([, readers]) => readers)));
  const places = found.map(([at, readers]) => [
    to > from ? ((at - from) / (to - from)) * width : 0,
    height - (readers / most) * height,
  ].map((value) => Math.round(value * 10) / 10));
  const line = places.map((place) => place.join(",")).join(" ");
  return { line, area: `M0,${height} L${line.replaceAll(" ", " L")} L${places[places.length - 1][0]},${height} Z`, most,
    from, to };
}

/** The next round number: 1, 2 or 5 times a power of ten. @param {number} n */
export function roof(n) {
  const power = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 5].map((factor) => factor * power).find((round) => round >= n) ?? 10 * power;
}
