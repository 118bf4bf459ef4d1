import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const HERE = new URL("../../static/vendor/", import.meta.url);
const PACKAGES = new URL("./node_modules/", import.meta.url);

/** Each vendored file and where it stands in its package; package.json pins the version. */
const VENDORED = {
  "diff/LICENSE": "diff/LICENSE",
  "diff/array.js": "diff/libesm/diff/array.js",
  "diff/base.js": "diff/libesm/diff/base.js",
  "node-diff3/LICENSE.md": "node-diff3/LICENSE.md",
  "node-diff3/diff3.js": "node-diff3/dist/diff3.mjs",
  "socket.io.esm.min.js": "socket.io-client/dist/socket.io.esm.min.js", // its licence stands at its top
};

/** A file without the lines that name its source map, which is not served, and without blanks at its end. */
/** @param {URL} file */
const code = (file) => readFileSync(file, "utf8").replace(/^\/\/# .*$/gm, "").trimEnd();

test("what is vendored is what its package holds, and nothing else is vendored", () => {
  const found = readdirSync(HERE, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const names = found.map((file) => `${file.parentPath}/${file.name}`.split("static/vendor/")[1].replace(/^\/+/, ""));
  assert.deepEqual(names.filter((name) => !name.endsWith(".d.ts")).sort(), Object.keys(VENDORED).sort());
  for (const [name, source] of Object.entries(VENDORED)) {
    const [ours, theirs] = [new URL(name, HERE), new URL(source, PACKAGES)].map(code);
    assert.ok(ours === theirs, `${name} is not the file of its package`);
  }
});
