// Reads {bundle, modules: [[name, text], …]}, the modules in the order of their evaluation, and fails unless the bundle
// is the program that they make. Here a parser finds the imports and exports, and not the bundle's patterns.

import { parse } from "acorn";
import assert from "node:assert/strict";
import { posix } from "node:path";
import { text } from "node:stream/consumers";

const IGNORED = ["start", "end", "shorthand", "raw"]; // where something stands, and how it is spelled

/** @param {string} script @returns {any[]} */
const statements = (script) => parse(script, { ecmaVersion: "latest", sourceType: "module" }).body;

/** @param {string} script */
const tree = (script) => JSON.parse(JSON.stringify(statements(script), (name, value) =>
  (IGNORED.includes(name) ? undefined : typeof value === "bigint" ? `${value}n` : value)));

/** @type {{bundle: string, modules: [string, string][]}} */
const { bundle, modules } = JSON.parse(await text(process.stdin));
const names = modules.map(([name]) => name);

/** @param {any} statement @param {string} name */
function taken({ source, specifiers }, name) {
  const other = names.indexOf(posix.join(posix.dirname(name), source.value));
  const pairs = specifiers.map((/** @type {any} */ each) => `${each.imported?.name ?? "default"}: ${each.local.name}`);
  return `const { ${pairs} } = $${other};`;
}

/** The names that a statement exports, each with its value. @param {any} statement @returns {string[]} */
function given({ type, declaration, specifiers }) {
  if (type === "ExportDefaultDeclaration") return [`default: ${declaration.id.name}`];
  if (type !== "ExportNamedDeclaration") return [];
  const declared = declaration?.declarations ?? [declaration];
  if (declaration) return declared.map((/** @type {any} */ each) => each.id.name);
  return specifiers.map((/** @type {any} */ each) => `${each.exported.name}: ${each.local.name}`);
}

/** @param {[string, string]} module @param {number} number */
function linked([name, script], number) {
  const all = statements(script);
  const last = number === modules.length - 1;
  const body = all.map((each) => {
    if (each.type === "ImportDeclaration") return taken(each, name);
    const kept = last || !each.type.startsWith("Export") ? each : each.declaration;
    return kept ? script.slice(kept.start, kept.end) : "";
  }).join("\n");
  return last ? body : `const $${number} = (() => { ${body}\nreturn { ${all.flatMap(given)} }; })();`;
}

assert.deepEqual(tree(bundle), tree(modules.map(linked).join("\n")));
