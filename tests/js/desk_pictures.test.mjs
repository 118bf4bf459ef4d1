import assert from "node:assert/strict";
import { test } from "node:test";
import { entry, thumbnail, unfit } from "../../static/js/desk/picture_rules.js";

test("what cannot be a picture is not sent, and it is said what to do", () => {
  /** @param {string} name */
  const file = (name, type = "") => ({ name, type });
  const fit = [file("a.jpg", "image/jpeg"), file("picture"), file("a.gif", "image/gif")];
  for (const one of fit) assert.equal(unfit(one, 0), "");
  assert.match(unfit(file("IMG_1.HEIC"), 0), /Most Compatible/);
  assert.match(unfit(file("a.svg", "image/svg+xml"), 0), /PNG/);
  assert.match(unfit(file("a.mp4", "video/mp4"), 0), /paste its link/);
  assert.match(unfit(file("a.txt", "text/plain"), 0), /no picture/);
  assert.match(unfit(file("a.jpg", "image/jpeg"), 12), /at most 12/);
});

test("the API gets names and words, no empty ones; the desk sees the smallest file", () => {
  const picture = { name: "a.webp", width: 9, alt: " A ", caption: " ", credit: "Ana" };
  assert.deepEqual(entry(picture), { name: "a.webp", alt: "A", credit: "Ana" });
  assert.equal(thumbnail({ name: "a.webp", width: 900, widths: [320, 900] }), "/media/a-320.webp");
  assert.equal(thumbnail({ name: "a.webp", width: 90 }), "/media/a.webp");
});
