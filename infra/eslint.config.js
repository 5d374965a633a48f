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
      // Numbers and booleans are readable in messages; objects are not.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": "off",
      // The rule suggests `!`, which no-non-null-assertion forbids: in hot loops `as number` is the explicit alternative.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      "@typescript-eslint/dot-notation": "off",
      // These two compare the types of all assignments, which takes nearly half of the time. The code has no enums, and the
      // compiler itself refuses other objects for a class with private fields.
      "@typescript-eslint/no-unsafe-enum-assignment": "off",
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      // Variables declared before a scanner's loop are initialised to a value of their type.
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
    // The compiler displays an interface by its name, and a type alias by all its keys.
    files: ["pipeline/model/**/*.ts"],
    rules: {
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
    },
  },
  { files: ["infra/**/*.js", "tests/**/*.ts", "**/*.config.ts"], languageOptions: { globals: globals.node } },
  {
    files: page,
    languageOptions: { globals: globals.browser },
    // ESLint does not know the types of components; vue-tsc checks them.
    rules: unsafeRulesOff,
  },
  ...roomRules(),
  // This file belongs to no tsconfig, because Vite loads it directly.
  {
    files: ["dashboard/vite.config.ts", "dashboard/vite-plugins.ts"],
    ...typescript.configs.disableTypeChecked,
  },
  {
    // A test may read untyped JSON and construct values that the types forbid.
    files: ["tests/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      ...unsafeRulesOff,
    },
  },
  prettier,
);
