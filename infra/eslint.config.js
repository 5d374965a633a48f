import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import vue from "eslint-plugin-vue";
import globals from "globals";
import typescript from "typescript-eslint";
import { roomRules } from "./rooms.js";

const typed = ["**/*.ts", "**/*.vue"];
const page = ["dashboard/src/**"];

const unsafeRulesOff = Object.fromEntries(
  ["argument", "assignment", "call", "member-access", "return"].map((use) => [
    `@typescript-eslint/no-unsafe-${use}`,
    "off",
  ]),
);

export default typescript.config(
  {
    ignores: ["build/", "coverage/", ".muonitor/", "**/node_modules/", "tests/screenshots/"],
  },
  js.configs.recommended,
  { files: typed, extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked] },
  vue.configs["flat/recommended"],
  {
    files: typed,
    languageOptions: {
      parserOptions: {
        parser: typescript.parser,
        projectService: true,
        tsconfigRootDir: new URL("..", import.meta.url).pathname,
        extraFileExtensions: [".vue"],
      },
    },
    rules: {
      // Numbers and booleans read well in messages; objects do not.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": "off",
      // It asks for `!`, which no-non-null-assertion forbids: in hot loops `as number` says the same, visibly.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      "@typescript-eslint/dot-notation": "off",
      // Variables declared at the top of a scanner's loop start with a value of their type.
      "no-useless-assignment": "off",
    },
  },
  {
    rules: {
      "max-lines": ["warn", 300],
      complexity: ["warn", 15],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    // The name of a schema's type: an interface is shown by its name, an alias by all its keys.
    files: ["pipeline/model/**/*.ts"],
    rules: {
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
    },
  },
  { files: ["infra/**/*.js", "tests/**/*.ts", "**/*.config.ts"], languageOptions: { globals: globals.node } },
  {
    files: page,
    languageOptions: { globals: globals.browser },
    // The types of components are unknown here; vue-tsc knows and checks them.
    rules: unsafeRulesOff,
  },
  ...roomRules(),
  // It belongs to no tsconfig: Vite reads it as it is.
  { files: ["dashboard/vite.config.ts"], ...typescript.configs.disableTypeChecked },
  {
    // A test may read JSON freely and build what the types forbid.
    files: ["tests/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      ...unsafeRulesOff,
    },
  },
  prettier,
);
