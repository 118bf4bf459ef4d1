import assert from "node:assert/strict";
import { test } from "node:test";
import { entry, offersFor, takeAnyway, thumbnail, unfit } from "../../static/js/desk/picture_rules.js";

const JPEG = "\xff\xd8\xff\xe0";

test("the bytes tell a picture, whatever the file is called", () => {
  const named = ["a.jpg", "IMG_1.HEIC", "a.svg", "a.jpg_large", "image.php", "Photo by A. Smith", "a.txt", "a.mp4"];
  for (const name of named) assert.equal(unfit({ name, type: "text/plain" }, JPEG, 0), "", name);
  const heads = ["\x89PNG\r\n\x1a\n", "RIFF\n\0\0\0WEBPVP8 ", "GIF89a", "\0\0\0 ftypavif\0\0\0\0avifmif1", ""];
  for (const head of heads) assert.equal(unfit({ name: "a", type: "" }, head, 0), "", head);
});

test("what cannot be a picture is not sent, and it is said what to do", () => {
  /** @param {string} name */
  const file = (name, type = "") => ({ name, type });
  assert.match(unfit(file("IMG_1.jpg"), "\0\0\0\x18ftypheic\0\0\0\0", 0), /Most Compatible/);
  assert.match(unfit(file("a.svg", "image/svg+xml"), "<svg xmlns", 0), /PNG/);
  assert.match(unfit(file("a.mp4", "video/mp4"), "\0\0\0\x18ftypisom", 0), /paste its link/);
  assert.match(unfit(file("a.jpg", "image/jpeg"), "Dear all,", 0), /no picture/);
  assert.match(unfit(file("a.jpg", "image/jpeg"), JPEG, 12), /at most 12/);
});

test("a file with the name of another format can be taken for what it holds", () => {
  assert.equal(takeAnyway({ code: "mislabelled", current: { format: "JPEG" } }), "It is a JPEG: use it anyway");
  assert.equal(takeAnyway({ code: "damaged" }), "");
  assert.equal(takeAnyway(undefined), "");
});

test("what the file says is offered for its field; a copyright is offered as a credit", () => {
  const offered = { caption: "Guests", credit: "Ana", copyright: "© Wire" };
  assert.deepEqual(offersFor({ offered }, "credit"), ["Ana", "© Wire"]);
  assert.deepEqual(offersFor({ offered: { credit: "© Wire", copyright: "© Wire" } }, "credit"), ["© Wire"]);
  assert.deepEqual(offersFor({ offered }, "alt"), []);
  assert.deepEqual(offersFor({}, "caption"), []);
});

test("the API gets names and words, no empty ones; the desk sees the smallest file", () => {
  const picture = { name: "a.webp", width: 9, alt: " A ", caption: " ", credit: "Ana" };
  assert.deepEqual(entry(picture), { name: "a.webp", alt: "A", credit: "Ana" });
  assert.equal(thumbnail({ name: "a.webp", width: 900, widths: [320, 900] }), "/media/a-320.webp");
  assert.equal(thumbnail({ name: "a.webp", width: 90 }), "/media/a.webp");
});
