/** Options of the commands that judge a run: `judge`, `compare` and `process --judge`. */
import { defineOption, defineOptions } from "./option.js";

export const rulesOption = defineOption({
  flags: "--rules <file>",
  description:
    "YAML file with thresholds and texts of the quality rules; rules that it omits keep their built-in values",
});

export const failOnOption = defineOption({
  flags: "--fail-on <state>",
  description: "exit with code 3 if any light was ever in this state, or if there is no window to judge",
  choices: ["warning", "bad"],
});

/** Options for judging a run: rules and references. */
export const judgingOptions = defineOptions([
  {
    flags: "--reference <name|file>",
    description:
      "reference for comparison: name of a reference in the state folder, or a reference file (process --save-reference); up to three, of which the best matching one is used; without a reference the data is compared with its own past",
    repeatable: true,
  },
  rulesOption,
  failOnOption,
]);
