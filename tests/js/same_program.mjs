// Reads [[script, …], [script, …]] and writes the numbers of those whose syntax trees differ.

import { parse } from "acorn";
import { text } from "node:stream/consumers";

/** @param {string} script */
const tree = (script) =>
  JSON.stringify(parse(script, { ecmaVersion: "latest", sourceType: "module" }), (name, value) =>
    name === "start" || name === "end" ? undefined : typeof value === "bigint" ? `${value}n` : value,
  );

/** @type {[string[], string[]]} */
const [written, served] = JSON.parse(await text(process.stdin));
const differ = written.flatMap((script, number) => (tree(script) === tree(served[number]) ? [] : [number]));
process.stdout.write(JSON.stringify(differ));
