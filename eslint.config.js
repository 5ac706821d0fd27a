import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["space/page/built/"] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "object-shorthand": "error",
      "max-len": ["error", { code: 125 }],
      complexity: ["error", 12],
      "no-unused-vars": ["error", { ignoreRestSiblings: true }],
    },
  },
  { files: ["space/site/offline.js"], languageOptions: { globals: { ...globals.serviceworker, site: "readonly" } } },
  { files: ["build.js", "tests/**/*.mjs"], languageOptions: { globals: globals.node } },
];
