// Every test of the scripts, in one process: one for each file costs four times as much. It fails if a test fails.

import { readdirSync } from "node:fs";

for (const name of readdirSync(import.meta.dirname).sort()) {
  if (name.endsWith(".test.mjs")) await import(`./${name}`);
}
