import assert from "node:assert/strict";
import { test } from "node:test";
import { differing, merge } from "../../static/js/desk/conflict.js";
import { EDITABLE, emptyOf, FIELDS, fieldsOf, inWords, isEmpty, labelOf, titleOf } from "../../static/js/desk/text.js";

const SHOT = { name: "a.webp", width: 9, height: 9, alt: "A carpet" };
const FULL = {
  type: "notice", headline: "Head", body: "One.", category: "director", key: true, byline: "Ana", media: [SHOT],
};
const EMPTY = fieldsOf({});
/** @type {any[]} */
const CATEGORIES = [{ id: "director", name: "Best Director" }];

test("a text has every field, and nothing else", () => {
  assert.deepEqual(Object.keys(FULL), FIELDS);
  assert.deepEqual(fieldsOf(Object.assign({ id: "p", seq: 3 }, FULL)), FULL);
  assert.deepEqual(FIELDS.filter((name) => !EDITABLE.includes(name)), ["type"]);
  assert.deepEqual(differing(EMPTY, {}), []);
});

test("a headline, a text or a picture is enough for an update", () => {
  for (const text of [{ headline: "Doors open" }, { body: "They rise." }, { media: [SHOT] }]) {
    assert.ok(!isEmpty({ ...EMPTY, ...text }), JSON.stringify(text));
  }
  for (const body of ["- - -", "#Oscars", "> A\n>", "***", "7", "1.5", "**a**"]) assert.ok(!isEmpty({ body }), body);
  for (const body of ["> ", "- ", "1. ", "****", "**", ">\n> - \n\n2."]) assert.ok(isEmpty({ body }), body);
  for (const text of [EMPTY, {}, { body: " \n" }, { headline: " ", byline: "Ana", category: "director", key: true }]) {
    assert.ok(isEmpty(text), JSON.stringify(text));
  }
});

test("in lists a text is called by its headline, its first words, or what its picture shows", () => {
  assert.equal(titleOf(FULL), "Head");
  assert.equal(titleOf({ body: "One.\nTwo." }), "One.");
  assert.equal(titleOf({ ...EMPTY, media: [SHOT] }), "A carpet");
  assert.equal(titleOf(EMPTY), "no text yet");
});

for (const name of FIELDS) {
  test(`${name}: what one side changed is seen, kept in a merge and brought back by restoring`, () => {
    const changed = { ...EMPTY, [name]: FULL[name] };
    assert.deepEqual(differing(EMPTY, changed), [name]);
    assert.deepEqual(merge(EMPTY, changed, EMPTY).merged, changed);
    assert.deepEqual(merge(EMPTY, EMPTY, Object.assign({ kind: "post" }, changed)).merged, changed);
    assert.deepEqual(merge(changed, { ...EMPTY }, changed).merged, EMPTY);
    if (EDITABLE.includes(name)) assert.deepEqual(fieldsOf({ [name]: FULL[name] }, EDITABLE)[name], FULL[name]);
    assert.ok(labelOf(name));
    assert.equal(typeof inWords(name, FULL[name], CATEGORIES), "string");
    assert.equal(typeof inWords(name, undefined, CATEGORIES), "string");
    assert.notEqual(emptyOf(name), undefined);
  });
}

test("a field's value in words", () => {
  const words = FIELDS.map((name) => inWords(name, FULL[name], CATEGORIES));
  assert.deepEqual(words, ["notice", "Head", "One.", "Best Director", "yes", "Ana", "A carpet"]);
  const none = FIELDS.map((name) => inWords(name, null, CATEGORIES));
  assert.deepEqual(none, ["update", "", "", "none", "no", "none", "none"]);
  assert.equal(inWords("category", "gone", CATEGORIES), "gone");
});
