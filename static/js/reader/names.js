// Whether a text names a nominee: by the whole name or a part of it, in whatever spelling, in any script. Pure.
//
// It cannot know what a reader knows: a nickname, a role, "the youngest winner ever", a name in another script. In
// doubt a text names somebody.

/** @import { Nominee } from "./wire.d.ts" */

/**
 * @typedef {{is: string, capital: boolean, inside: boolean}} Word `is` compares; `inside` is not at a sentence's start
 * @typedef {{words: Word[], line: string, dense: string}} Reading a text: its words, one after the other, without gaps
 */

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const COMPOUND = /[\p{L}\p{M}\p{N}]+(?:['’ʼ׳‐‑.-][\p{L}\p{M}\p{N}]+)*/gu;
const INSIDE = /[\p{L}\p{M}\p{N}][,’'”"»)]?\s+[“"«(‘]?$/u;
const UNCASED = /\p{Lo}/u;
const GAPLESS = new RegExp("[\\p{Script=Han}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}"
  + "\\p{Script=Myanmar}]|[\\p{Script=Hiragana}\\p{Script=Katakana}]{2}", "u");
const TITLES_OF_PEOPLE = ["さん", "氏", "監督", "导演", "導演", "씨", "감독"];
const CAPITAL = /^[\p{Lu}\p{Lt}\p{N}]/u;
const SMALL = new Set(("A AN THE AND OF LE LA LES L UN UNE DER DIE DAS EIN EINE UND DE DA DI DO DOS DU D EL LOS LAS IL"
  + " LO I GLI O OS AS E Y ET HET EEN EN DEN DET VAN VON AL OG OCH ZU").split(" ")); // articles, and what joins names
/** What is also written in one with the name that follows: DeNiro, LaMotta, St. Vincent. */
const JOINED = /^(DE|DI|DA|DU|DEL|LA|LE|VAN|VON|MC|MAC|O|ST)$/;
/** Words that begin titles and sentences alike: "Everything is ready", "What a night". */
const COMMON = new Set(("EVERYTHING THERE HERE THIS THAT THESE THOSE WHAT WHEN WHERE WHICH WITH WITHOUT FROM INTO AFTER"
  + " BEFORE UNTIL ONCE ONLY JUST STILL NOTHING SOME MANY MORE MOST EVERY EVERYBODY EACH BOTH NEXT LAST FIRST LATE LONG"
  + " GOOD GREAT BEST BETTER NIGHT TIME YEAR YEARS DAYS THINGS PEOPLE WOMEN LIFE LOVE WORLD HOME YOUR THEIR THEY HAVE"
  + " WILL").split(" "));
/** @type {[RegExp, string][]} */
const ALIKE = [
  [/[\p{M}ـ]/gu, ""], [/Æ/g, "A"], [/[ŒØ]/g, "O"], [/Ł/g, "L"], [/[ĐÐ]/g, "D"], [/Þ/g, "TH"],
  [/([AOU])E/g, "$1"], // Müller, Muller and Mueller
  [/[ىی]/g, "ي"], [/ة/g, "ه"], [/ک/g, "ك"],
];

/** One spelling for all of a word. @param {string} text */
const plain = (text) =>
  ALIKE.reduce((now, [from, to]) => now.replace(from, to), text.normalize("NFKD").toUpperCase()).normalize("NFC");

/** @param {string} text @returns {Reading} */
export function read(text) {
  /** @type {Word[]} */
  const words = [];
  /** @type {string[]} */
  const line = [];
  for (const { 0: found, index } of text.matchAll(COMPOUND)) {
    const parts = found.match(WORD) ?? [];
    const inside = INSIDE.test(text.slice(Math.max(0, index - 8), index));
    const more = parts.length > 1 ? [parts.join("")] : []; // OConnor, Koreeda
    for (const word of [...parts, ...more]) {
      const [is, capital, last] = [plain(word), CAPITAL.test(word), words.at(-1)];
      if (last && JOINED.test(last.is)) words.push({ is: last.is + is, capital, inside: last.inside });
      words.push({ is, capital, inside });
    }
    line.push(...parts.map(plain));
  }
  return { words, line: ` ${line.join(" ")} `, dense: line.join("") };
}

/**
 * What a nominee is called: the name is a person's, unless the film has the same; all else is a title.
 * @param {Nominee} nominee
 * @returns {{name: string, person: boolean}[]}
 */
export function calledBy(nominee) {
  const said = Object.entries(nominee).filter(([field]) => field !== "id");
  return said.flatMap(([field, value]) => [value].flat().filter(Boolean)
    .map((name) => ({ name, person: field === "name" && name !== nominee.film })));
}

/** @param {Reading} text @param {{name: string, person: boolean}} called */
export function names(text, { name, person }) {
  const parts = name.split(/[,;&/:：|(]|\s[–—-]\s/).map(read).filter((part) => part.words.length);
  return parts.some((part) => isWhole(text, part) || (person ? isPerson(text, part) : isTitle(text, part)));
}

/** All of a name of several words. @param {Reading} text @param {Reading} part */
function isWhole(text, { words, line, dense }) {
  if (words.length < 2) return false;
  const [first] = line.trim().split(" ");
  const bare = words.length > 2 && SMALL.has(first) ? line.slice(first.length + 1) : line;
  return text.line.includes(bare) || (GAPLESS.test(dense) && text.dense.includes(dense));
}

/**
 * A surname counts however it is written, the other names with their capital.
 * @param {Reading} text
 * @param {Reading} part
 */
function isPerson(text, { words }) {
  const capitals = words.filter((word) => word.capital);
  const telling = (capitals.length ? capitals : words).filter((word) => !SMALL.has(word.is));
  const whole = telling.filter(({ is }) => /^[\p{Script=Han}\p{Script=Hangul}]{3,4}$/u.test(is));
  const signs = whole.flatMap(({ is }) => [is.slice(0, 2), is.slice(-2), // the surname, or the given name
    ...[is[0], is.at(-1)].flatMap((one) => TITLES_OF_PEOPLE.map((title) => one + title))]);
  return signs.some((sign) => text.dense.includes(sign))
    || telling.some((word) => hasWord(text, word, { anyCase: word === telling.at(-1) }));
}

/**
 * A title of one word counts however it is written, a word of a longer one with a capital, and its first in any case;
 * a common word only with a capital amid a sentence.
 * @param {Reading} text
 * @param {Reading} part
 */
function isTitle(text, { words }) {
  const telling = words.filter((word) => !SMALL.has(word.is));
  const single = telling.length ? telling : words;
  if (telling.length < 2) return single.some((word) => hasWord(text, word, { anyCase: true }) || begins(text, word.is));
  return telling.some((word, at) => word.is.length > 3
    && hasWord(text, word, COMMON.has(word.is) ? { inside: true } : { anyCase: !at }));
}

/** The beginning of a long title without gaps: 「君たちは」. @param {Reading} text @param {string} title */
function begins(text, title) {
  const most = Math.max(Math.ceil(title.length / 3), /^\p{Script=Han}{2}/u.test(title) ? 2 : 4);
  return title.length > 3 && GAPLESS.test(title) && text.dense.includes(title.slice(0, most));
}

/**
 * A word of a name, perhaps with an ending: Baker’s, Бейкера, Kowalskiego.
 * @param {Reading} text
 * @param {Word} word
 * @param {{anyCase?: boolean, inside?: boolean}} where
 */
function hasWord(text, { is, capital }, { anyCase, inside }) {
  if (UNCASED.test(is)) return is.length >= (GAPLESS.test(is) ? 2 : 3) && text.dense.includes(is);
  const free = !capital || (anyCase && is.length > 3);
  const found = text.words.filter((other) => free || (other.capital && (!inside || other.inside)));
  if (is.length < 3) return is.length === 2 && found.some((other) => other.is === is);
  const stem = is.slice(0, is.length - endingOf(is));
  const most = is.length + (is.length < 5 ? 1 : 4);
  return found.some((other) => other.is.startsWith(stem) && other.is.length <= most);
}

/**
 * How many letters an ending may replace: more in a long name, and in scripts whose languages inflect.
 * @param {string} name
 */
function endingOf({ length, 0: first }) {
  if (/[A-Z]/.test(first)) return length < 6 ? 0 : length < 9 ? 1 : 3;
  return Math.max(0, Math.min(2, length - 4));
}
