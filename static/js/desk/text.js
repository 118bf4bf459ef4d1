// The fields of a text, once: composer, versions, conflicts and restoring take them from here. Pure.

/** @import { Category, Picture, Text } from "./desk.d.ts" */

/**
 * @typedef {object} Field
 * @property {string} label what editors read
 * @property {unknown} empty its value where a text has none
 * @property {boolean} [fixed] it stays as it is once the text is published
 * @property {boolean} [prose] it is compared word by word and shown whole, even where it is empty
 * @property {boolean} [paragraphs] changes to different paragraphs of it can both be kept
 * @property {(value: any, categories: Category[]) => string} [words] a value in words
 */

/** @type {Record<keyof Required<Text>, Field>} */
const TEXT = {
  type: { label: "Kind", empty: "update", fixed: true },
  headline: { label: "Headline", empty: null, prose: true },
  body: { label: "Text", empty: "", prose: true, paragraphs: true },
  category: {
    label: "Category", empty: null,
    words: (id, categories) => categories.find((one) => one.id === id)?.name ?? id,
  },
  key: { label: "Key moment", empty: false, words: (value) => (value ? "yes" : "no") },
  byline: { label: "Byline", empty: null },
  media: {
    label: "Pictures", empty: [],
    words: (/** @type {Picture[]} */ pictures) => pictures.map((one) => one.alt || one.name).join(", "),
  },
};

/** Their names, in the order of the server's struct. */
export const FIELDS = /** @type {(keyof Text)[]} */ (Object.keys(TEXT));

/** Those that may change once a text is published. */
export const EDITABLE = FIELDS.filter((name) => !TEXT[name].fixed);

/** What a field is called in a sentence: "the headline"; undefined for what is no field. @param {string} name */
export const fieldInWords = (name) => {
  const label = /** @type {Record<string, Field>} */ (TEXT)[name]?.label.toLowerCase();
  return label && `the ${label}`;
};

/** @param {keyof Text} name @returns {any} */
export const emptyOf = (name) => TEXT[name].empty;

/** @param {keyof Text} name */
export const labelOf = (name) => TEXT[name].label;

/** @param {keyof Text} name */
export const hasParagraphs = (name) => Boolean(TEXT[name].paragraphs);

/**
 * Some fields of a text and nothing else, each with a value.
 * @param {Text} text
 * @param {(keyof Text)[]} names
 * @returns {Text}
 */
export const fieldsOf = (text, names = FIELDS) =>
  Object.fromEntries(names.map((name) => [name, text[name] ?? emptyOf(name)]));

/**
 * A field's value in words, for a list of what differs.
 * @param {keyof Text} name
 * @param {any} value
 * @param {Category[]} categories
 */
export function inWords(name, value, categories) {
  const { words, prose, empty } = TEXT[name];
  const there = value ?? empty;
  if (prose) return there ?? "";
  return (there === null ? "" : words ? words(there, categories) : String(there)) || "none";
}

/**
 * Whether a field is alike in two texts: a missing one is as good as an empty one, and of a picture only what people
 * say of it counts.
 * @param {keyof Text} name
 * @param {Text} one
 * @param {Text} other
 */
export const alike = (name, one, other) => compared(name, one) === compared(name, other);

/** @param {keyof Text} name @param {Text} text */
function compared(name, text) {
  const value = text[name] || emptyOf(name);
  if (!Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(value.map((one) => [one.name, one.alt, one.caption || null, one.credit || null]));
}

/** Markdown around nothing: what the toolbar begins, as long as nobody goes on. */
const BARE = /^[ \t>]*(?:[-*+]|\d{1,9}[.)]|#{1,6}|\*\*|\*{4})?[ \t]*$/;

/** Whether there is nothing to be published: a headline, a text or a picture is enough. @param {Text} text */
export const isEmpty = ({ headline, body, media }) => !headline?.trim() && !media?.length
  && (body ?? "").split("\n").every((line) => BARE.test(line));

/** What a text is called in lists: its headline, its first words, or what its picture shows. @param {Text} text */
export const titleOf = ({ headline, body, media: [picture] = [] }) =>
  headline || firstWords(body || picture?.caption || picture?.alt || "") || "no text yet";

/** @param {string} text */
function firstWords(text) {
  const line = text.trim().split("\n")[0];
  const signs = Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment); // no emoji is cut in two
  return signs.length > 60 ? `${signs.slice(0, 57).join("").trimEnd()}…` : line;
}
