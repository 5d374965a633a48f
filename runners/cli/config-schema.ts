/** The JSON Schema of configuration files, generated from the options of all verbs. */
import { flagOf, type OptionSpec } from "./option.js";
import { isGroup, type Verb, type VerbGroup } from "./verb.js";

export type JsonSchema = Record<string, unknown>;

/** Includes options common to all verbs, except --config: a file cannot refer to another file. */
export function configSchema(
  verbs: readonly (Verb | VerbGroup)[],
  common: readonly OptionSpec[],
): JsonSchema {
  const all = verbs.flatMap((verb) => [...optionsOf(verb)]);
  const sections = verbs.map((verb): [string, JsonSchema] => [
    verb.name,
    { description: verb.summary, ...keysOf([...optionsOf(verb), ...common]) },
  ]);
  const top = keysOf([...all, ...common]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of Muonitor",
    description:
      "Options of the command line by name, at the top level or in a section named after the command.",
    ...top,
    properties: { ...(top["properties"] as object), ...Object.fromEntries(sections) },
  };
}

function optionsOf(verb: Verb | VerbGroup): OptionSpec[] {
  return isGroup(verb) ? verb.verbs.flatMap(({ options }) => [...options]) : [...verb.options];
}

function keysOf(options: readonly OptionSpec[]): JsonSchema {
  const schemas = new Map<string, { description: string; schemas: JsonSchema[] }>();
  for (const spec of options) {
    const { name } = flagOf(spec);
    const schema = schemaOf(spec);
    const known = schemas.get(name);
    if (known === undefined) schemas.set(name, { description: spec.description, schemas: [schema] });
    else if (!known.schemas.some((other) => JSON.stringify(other) === JSON.stringify(schema)))
      known.schemas.push(schema);
  }
  const properties = [...schemas].map(([name, { description, schemas: found }]): [string, JsonSchema] => [
    name,
    { description, ...(found.length === 1 ? found[0] : { anyOf: found }) },
  ]);
  return {
    type: "object",
    properties: Object.fromEntries(properties.sort(([a], [b]) => (a < b ? -1 : 1))),
    additionalProperties: false,
  };
}

/** The schema of one option's value in a file. */
function schemaOf(spec: OptionSpec): JsonSchema {
  if (!flagOf(spec).takesValue) return { type: "boolean" };
  const one = valueSchema(spec);
  return spec.repeatable === true ? { anyOf: [one, { type: "array", items: one }] } : one;
}

function valueSchema({ choices, parse }: OptionSpec): JsonSchema {
  if (choices !== undefined) return { enum: [...choices] };
  return (parse?.schema as JsonSchema | undefined) ?? { type: ["string", "number"] };
}
