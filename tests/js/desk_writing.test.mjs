import assert from "node:assert/strict";
import { test } from "node:test";
import { card, lineStart, link, missing, newLine, saying, titled, wrap } from "../../static/js/desk/markdown_edits.js";
import { KeptTexts } from "../../static/js/desk/kept_texts.js";
import { offers, question } from "../../static/js/desk/name_search.js";

/** @import { Edit } from "../../static/js/desk/desk.d.ts" */

/**
 * Apply an edit to a text whose selection is written with [ and ]; answers in the same writing.
 * @param {(text: string, start: number, end: number, more: any) => Edit | undefined} act
 * @param {string} marked
 * @param {string} [more]
 */
function typed(act, marked, more) {
  const start = marked.indexOf("[");
  const end = marked.indexOf("]") - 1;
  const text = marked.replace("[", "").replace("]", "");
  const edit = act(text, start, end, more);
  if (!edit) return undefined;
  const made = text.slice(0, edit.from) + edit.put + text.slice(edit.to);
  const [a, b] = edit.select;
  return `${made.slice(0, a)}<${made.slice(a, b)}>${made.slice(b)}`;
}

test("bold and italic go on and off", () => {
  assert.equal(typed(wrap, "a [b] c", "**"), "a **<b>** c");
  assert.equal(typed(wrap, "a **[b]** c", "**"), "a <b> c");
  assert.equal(typed(wrap, "a [**b**] c", "**"), "a <b> c");
  assert.equal(typed(wrap, "a []", "*"), "a *<>*");
  assert.equal(typed(wrap, "a **b[]** c", "**"), "a **b**<> c");
  assert.equal(typed(wrap, "a [b ]c", "**"), "a **<b>** c");
  assert.equal(typed(wrap, "**[b]**", "*"), "***<b>***"); // italic inside bold, not half of bold taken away
});

test("links", () => {
  assert.equal(typed(link, "see [this]"), "see [this](<https://>)");
  assert.equal(typed(link, "see []"), "see [<link text>](https://)");
  assert.equal(typed(link, "see [https://a.example]"), "see [<link text>](https://a.example)");
  assert.equal(typed(link, "see [this] now", "https://a.example"), "see [this](https://a.example)<> now");
});

/** What is missing of a text, as the words that would be selected. @param {string} text */
const gap = (text) => {
  const found = missing(text);
  return found && [text.slice(...found.select), found.words];
};
/** @param {(text: string, start: number, end: number) => Edit} insert @param {string} [chosen] */
const inserted = (insert, chosen = "") => insert(chosen, 0, chosen.length).put;

test("what an insert leaves to be filled in is missing until somebody writes it", () => {
  assert.deepEqual(gap(inserted(saying)), ["What was said", "Write what was said, or take the quotation out."]);
  assert.deepEqual(gap(inserted(saying, "We did it!")), ["Who said it", "Write who said it, or take that line out."]);
  assert.deepEqual(gap(inserted(card)), ["Title of the page", "Write the title of the page."]);
  assert.deepEqual(gap(inserted(card, "https://a.example")), ["Title of the page", "Write the title of the page."]);
  assert.deepEqual(gap(inserted(card, "The report")),
    ["https://", "Write the address of the link, or take the link out."]);
  assert.deepEqual(gap(inserted(link)), ["link text", "Write the words of the link."]);
  assert.deepEqual(gap("One [two]() three"), ["", "Write the address of the link, or take the link out."]);
  assert.deepEqual(gap(`${inserted(saying, "Yes")}\n\nand ${inserted(link)}`)?.[0], "Who said it"); // the first one
});

test("the same words are no gap where nobody inserted them", () => {
  for (const text of ["", "Who said it was easy?", "> Who said it was easy", "Title of the page: Anora",
    "> What was said is said\n> — Mikey Madison", "[words](https://a.example)", "in (https://a.example)"]) {
    assert.equal(missing(text), undefined, text);
  }
});

test("lists and quotations by line", () => {
  assert.equal(typed(lineStart, "one\nt[w]o", "- "), "one\n- tw<>o");
  assert.equal(typed(lineStart, "[one\ntwo]", "- "), "<- one\n- two>");
  assert.equal(typed(lineStart, "[- one\n- two]", "- "), "<one\ntwo>");
  assert.equal(typed(lineStart, "[one\n\ntwo]", "1. "), "<1. one\n\n2. two>");
  assert.equal(typed(lineStart, "[1. one\n2. two]", "1. "), "<one\ntwo>");
  assert.equal(typed(lineStart, "[]", "> "), "> <>");
});

test("Enter goes on with a list and ends it on an empty item", () => {
  assert.equal(typed(newLine, "- one[]"), "- one\n- <>");
  assert.equal(typed(newLine, "1. one\n2. two[]"), "1. one\n2. two\n3. <>");
  assert.equal(typed(newLine, "- one\n- []"), "- one\n<>");
  assert.equal(typed(newLine, "just text[]"), undefined);
});

/** @type {any[]} */
const categories = [
  { id: "picture", name: "Best Picture", state: "upcoming", nominees: [{ id: "anora", name: "Anora", film: "Anora" }] },
  { id: "actress", name: "Best Actress", state: "on_stage", nominees: [
    { id: "karla", name: "Karla Sofía Gascón", film: "Emilia Pérez" },
    { id: "mikey", name: "Mikey Madison", film: "Anora" }] },
];
/** @param {Parameters<typeof offers>} args */
const labels = (...args) => offers(...args).map((one) => one.label);

test("a sign at the beginning of a word asks for names; inside of a word or an address it does not", () => {
  assert.deepEqual(question("And @Mi", 7), { from: 4, sign: "@", query: "Mi" });
  assert.deepEqual(question("/", 1), { from: 0, sign: "/", query: "" });
  assert.deepEqual(question("**@sean b", 9), { from: 2, sign: "@", query: "sean b" });
  for (const text of ["mail a@b", "and/or", "https://x/y", "@ a", "@Mikey won.\nNow"]) {
    assert.equal(question(text, text.length), undefined, text);
  }
});

test("the category on stage is offered first, and without a word only what is near", () => {
  assert.deepEqual(labels("", categories, null), ["Karla Sofía Gascón", "Mikey Madison"]);
  assert.deepEqual(labels("", categories, "picture"), ["Karla Sofía Gascón", "Mikey Madison", "Anora"]);
});

test("names are found by any word of theirs, without their accents, and by their film", () => {
  assert.deepEqual(labels("gascon", categories, null), ["Karla Sofía Gascón"]);
  assert.deepEqual(labels("sof ka", categories, null), ["Karla Sofía Gascón"]);
  assert.deepEqual(labels("anora", categories, null), ["Mikey Madison", "Anora"]);
  assert.deepEqual(labels("xyz", categories, null), []);
});

test("songs, roles and each of several films are found and offered", () => {
  /** @type {any[]} */
  const songs = [{ id: "song", name: "Song", state: "upcoming", nominees: [
    { id: "a", name: "Camille", film: "One", films: ["One", "Two"], detail: "El Mal" }, { id: "b", name: "Quincy" }] }];
  assert.deepEqual(labels("mal", songs, null), ["Camille", "El Mal"]);
  assert.deepEqual(labels("two", songs, null), ["Camille", "Two"]);
  assert.deepEqual(offers("quincy", songs, null), [{ label: "Quincy", hint: "Song", put: "Quincy" }]);
});

test("films are put in italics, and no sign in a name is taken for Markdown", () => {
  /** @type {any[]} */
  const odd = [{ id: "x", name: "X", state: "on_stage", nominees: [{ id: "a", name: "A*P_", film: "F" }] }];
  assert.deepEqual(offers("", odd, null).map((one) => one.put), ["A\\*P\\_"]);
  assert.deepEqual(offers("anora", categories, null).map((one) => one.put), ["Mikey Madison", "*Anora*"]);
});

/** @param {Partial<Storage>} more @returns {Storage} */
function storage(more = {}) {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    get length() { return kept.size; }, key: (n) => [...kept.keys()][n] ?? null, clear: () => kept.clear(),
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => { kept.set(key, text); }, removeItem: (key) => { kept.delete(key); }, ...more,
  };
}

test("what a tab had in its composer is there after a reload, and only there", () => {
  const shared = storage();
  const one = new KeptTexts(shared, { slug: "anora", who: "Ana", tab: "1" });
  one.keep({ at: 1, text: { body: "begun" } });
  assert.deepEqual(new KeptTexts(shared, { slug: "anora", who: "Ana", tab: "1" }).kept(),
    { at: 1, text: { body: "begun" } });
  assert.equal(new KeptTexts(shared, { slug: "anora", who: "Ana", tab: "2" }).kept(), null);
  assert.equal(new KeptTexts(shared, { slug: "anora", who: "Ben", tab: "1" }).kept(), null);
  assert.equal(new KeptTexts(shared, { slug: "other", who: "Ana", tab: "1" }).kept(), null);
  one.drop();
  assert.equal(one.kept(), null);
});

test("what a closed tab left, and what was set aside, is offered; what an open tab writes is not", () => {
  const shared = storage();
  /** @param {string} name */
  const tab = (name) => new KeptTexts(shared, { slug: "anora", who: "Ana", tab: name });
  tab("closed").keep({ at: 2, text: { body: "left" } });
  tab("open").keep({ at: 3, text: { body: "writing" } });
  const name = tab("me").setAside({ at: 1, text: { body: "aside" } });
  tab("me").keep({ at: 4, text: { body: "mine" } });
  const found = tab("me").aside((other) => other === "open");
  assert.deepEqual(found.map(({ text }) => text.text.body), ["aside", "left"]);
  tab("me").remove(name);
  tab("me").remove(found[1].name);
  assert.deepEqual(tab("me").aside(() => true), []);
});

test("a browser that keeps nothing says so and breaks nothing", () => {
  const forbidden = new KeptTexts(null, { slug: "anora", who: "Ana", tab: "1" });
  assert.equal(forbidden.keep({ at: 1, text: {} }), false);
  assert.equal(forbidden.kept(), null);
  assert.deepEqual(forbidden.aside(() => false), []);
  const full = storage({ setItem: () => { throw new Error("quota"); } });
  const kept = new KeptTexts(full, { slug: "anora", who: "Ana", tab: "1" });
  assert.equal(kept.keep({ at: 1, text: {} }), false);
  assert.equal(kept.kept(), null);
});

test("a title takes the place of its bare address, where that is a line of its own", () => {
  const address = "https://youtu.be/dQw4w9WgXcQ";
  const link = `[Her speech](${address})`;
  const fill = (/** @type {string} */ text) => {
    const edit = titled(text, address, link);
    return edit && text.slice(0, edit.from) + edit.put + text.slice(edit.to);
  };
  assert.equal(fill(address), link);
  assert.equal(fill(`See ${address}:\n  ${address} \nand more`), `See ${address}:\n  ${link} \nand more`);
  assert.equal(fill(`${address}&t=5\n\n${address}`), `${address}&t=5\n\n${link}`);
  assert.equal(fill(`See ${address}`), undefined);
  assert.equal(fill(""), undefined);
});
