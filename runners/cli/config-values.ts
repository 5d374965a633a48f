/** Checks the values of a configuration file as the verbs read them: the schema knows their forms only. */
import { entryError, readSections, type ConfigEntry } from "./config-file.js";
import type { JsonSchema } from "./config-schema.js";
import { flagOf, type OptionSpec } from "./option.js";
import { verbsIn, type Verb, type VerbGroup } from "./verb.js";

/**
 * A value at the top must be one that some verb takes that has the option, a value in a section one for that section.
 * @throws UsageError that names file, line and key
 */
export function checkConfigFile(
  path: string,
  verbs: readonly (Verb | VerbGroup)[],
  schema: JsonSchema,
): void {
  const sections = new Set(verbs.map(({ name }) => name));
  for (const { name, entries } of readSections(path, (key) => sections.has(key), schema)) {
    const readers = verbsIn(verbs).filter((verb) => name === null || verb.name.split(" ")[0] === name);
    const options = readers.flatMap((verb) => [...verb.options]);
    for (const entry of entries) checkEntry(path, entry, options);
  }
}

function checkEntry(path: string, entry: ConfigEntry, options: readonly OptionSpec[]): void {
  const specs = options.filter((spec) => flagOf(spec).name === entry.name);
  const errors = specs.map((spec) => errorOf(spec, entry));
  const [first] = errors;
  if (first !== undefined && !errors.includes(null)) throw entryError(path, entry, first);
}

/** What an option says against a value; null when it takes it. */
function errorOf({ parse }: OptionSpec, { text }: ConfigEntry): unknown {
  try {
    for (const one of [text].flat()) parse?.(one);
    return null;
  } catch (error) {
    return error;
  }
}
