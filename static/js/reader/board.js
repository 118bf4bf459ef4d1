// The board's derived parts. Pure; the same rule as liveblog/timeline.py, held to tests/vectors/board.json.

/** Awards won and nominations by film: the night's own first, then by awards won, nominations, name. */
export function tally(categories, own) {
  const rows = new Map();
  for (const category of categories) {
    const films = new Set(category.nominees.map((nominee) => nominee.film));
    const won = new Set(category.nominees.filter((n) => category.winners.includes(n.id)).map((n) => n.film));
    for (const film of films) {
      const row = rows.get(film) ?? { film, won: 0, nominated: 0 };
      row.nominated += 1;
      row.won += won.has(film) ? 1 : 0;
      rows.set(film, row);
    }
  }
  return [...rows.values()].sort((a, b) =>
    (a.film !== own) - (b.film !== own) || b.won - a.won || b.nominated - a.nominated || byCodePoints(a.film, b.film));
}

/** As Python compares texts; `<` would compare UTF-16 units, which stand otherwise beyond U+FFFF. */
function byCodePoints(a, b) {
  const [left, right] = [a, b].map((text) => Array.from(text, (sign) => sign.codePointAt(0)));
  const n = left.findIndex((point, at) => point !== right[at]);
  return n < 0 ? left.length - right.length : left[n] - (right[n] ?? -1);
}

export const winnersOf = (category) => category.nominees.filter((nominee) => category.winners.includes(nominee.id));
