// What every script keeps to. `./run test` runs it from the top of the project.

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/node_modules/**", ".venv/**", "var/**"] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      complexity: ["error", 15],
      eqeqeq: "error",
      "max-len": ["error", { code: 120 }],
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["static/js/**"], languageOptions: { globals: globals.browser } },
  { files: ["tests/js/**", "bench/**"], languageOptions: { globals: globals.nodeBuiltin } },
  { files: ["examples/**"], languageOptions: { globals: { ...globals.nodeBuiltin, EventSource: "readonly" } } },
  { files: ["tests/**"], rules: { "max-lines": "off", "max-lines-per-function": "off" } },
  { files: ["tests/browser/hammer.js"], languageOptions: { globals: globals.browser } },
];
