// Two versions of one text: what differs, and what both changed against the version they began from. Pure.

// cells of the table that finds what two texts have in common; beyond, the whole text counts as changed
const MOST = 4_000_000;

export const FIELDS = ["headline", "body", "category", "byline", "key", "media", "type"];

const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** Fields alike: nothing is as good as an empty one, and of a picture only what people say of it counts. */
const alike = (a, b) => same(told(a), told(b));

const told = (value) =>
  (Array.isArray(value)
    ? (value.length ? value.map(({ name, alt, caption, credit }) => [name, alt, caption ?? null, credit ?? null])
      : null) : value);

/** Words, signs and blanks; joined they are the text again. */
const words = (text) => text.match(/[\p{L}\p{N}'’]+|[^\p{L}\p{N}\s]|\s+/gu) ?? [];

const lines = (text) => text.split(/(?<=\n)/).filter(Boolean);

/**
 * For each part of `a` its place in `b` where both have it in common order, else −1 (the longest common subsequence).
 */
function common(a, b) {
  const places = new Array(a.length).fill(-1);
  let from = 0;
  while (from < a.length && from < b.length && a[from] === b[from]) places[from] = from++;
  let [n, m] = [a.length, b.length];
  while (n > from && m > from && a[n - 1] === b[m - 1]) places[--n] = --m;
  const [rows, columns] = [n - from, m - from];
  if (!rows || !columns || rows * columns > MOST) return places;
  const width = columns + 1;
  const length = new Uint32Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      length[i * width + j] = a[from + i] === b[from + j]
        ? length[(i + 1) * width + j + 1] + 1
        : Math.max(length[(i + 1) * width + j], length[i * width + j + 1]);
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (a[from + i] === b[from + j]) places[from + i++] = from + j++;
    else if (length[(i + 1) * width + j] >= length[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return places;
}

/**
 * What turns `before` into `after`: runs [{kind: "same" | "gone" | "new", text}], word by word, line by line where
 * texts are long.
 */
export function difference(before, after) {
  let [a, b] = [words(before), words(after)];
  if (a.length * b.length > MOST) [a, b] = [lines(before), lines(after)];
  const places = common(a, b);
  const runs = [];
  let [gone, fresh, between] = ["", "", ""];
  const flush = () => {
    if (gone) runs.push({ kind: "gone", text: gone });
    if (fresh) runs.push({ kind: "new", text: fresh });
    if (between && runs.at(-1)?.kind === "same") runs.at(-1).text += between;
    else if (between) runs.push({ kind: "same", text: between });
    [gone, fresh, between] = ["", "", ""];
  };
  // Blanks that both have between two changed words belong to the change: a change is read as a whole.
  const change = (was, is) => {
    if (!was && !is) return;
    [gone, fresh, between] = [gone + between + was, fresh + between + is, ""];
  };
  let j = 0;
  a.forEach((part, i) => {
    if (places[i] < 0) return change(part, "");
    change("", b.slice(j, places[i]).join(""));
    j = places[i] + 1;
    if ((gone || fresh) && !between && /^[^\S\n]+$/.test(part)) between = part;
    else {
      flush();
      between = part;
      flush();
    }
    return undefined;
  });
  change("", b.slice(j).join(""));
  flush();
  return runs;
}

/** Both changes to a text, or null where they touch the same lines (diff3). */
export function mergeText(base, mine, theirs) {
  const [b, m, t] = [base, mine, theirs].map(lines);
  const [inMine, inTheirs] = [common(b, m), common(b, t)];
  const out = [];
  let [i, j, k] = [0, 0, 0];
  while (i < b.length || j < m.length || k < t.length) {
    let n = i;
    while (n < b.length && (inMine[n] < j || inTheirs[n] < k)) n += 1;
    const [endMine, endTheirs] = n < b.length ? [inMine[n], inTheirs[n]] : [m.length, t.length];
    const [was, ours, other] = [b.slice(i, n), m.slice(j, endMine), t.slice(k, endTheirs)];
    if (same(ours, was)) out.push(...other);
    else if (same(other, was) || same(ours, other)) out.push(...ours);
    else return null;
    if (n < b.length) out.push(b[n]);
    [i, j, k] = [n + 1, endMine + 1, endTheirs + 1];
  }
  return out.join("");
}

/**
 * Three versions of an object's fields, of those that `mine` names.
 * @returns `clashes` names the fields that both changed to something else; `merged` has both
 *   changes, or is null with clashes
 */
export function merge(base, mine, theirs) {
  const merged = {};
  const clashes = [];
  for (const name of FIELDS.filter((field) => field in mine)) {
    const [b, m, t] = [base[name], mine[name], theirs[name]];
    if (alike(m, b)) merged[name] = t ?? (name === "media" ? [] : null);
    else if (alike(t, b) || alike(m, t)) merged[name] = m ?? null;
    else {
      const both = name === "body" ? mergeText(b ?? "", m ?? "", t ?? "") : null;
      if (both === null) clashes.push(name);
      merged[name] = both;
    }
  }
  return { merged: clashes.length ? null : merged, clashes };
}

/** The fields in which two versions differ. */
export const differing = (a, b) => FIELDS.filter((name) => !alike(a[name], b[name]) && (name in a || name in b));
