/** Building blocks of the schemas: common numbers, lists and lookups, and definitions that a schema refers to by name. */
import { Type, type Static, type TSchema, type TUnsafe } from "./type.js";

/** A JSON Schema as plain data. */
export type JsonSchema = Record<string, unknown>;

/** Returns a reference to a definition, with a description for the place where it is used. */
type Reference<T> = (description?: string) => TUnsafe<T>;

/** The definitions of one schema, in the order in which they were added: its `$defs`. */
export class Definitions {
  readonly schemas: Record<string, TSchema> = {};

  /** Adds a definition under a name. */
  add<T extends TSchema>(name: string, schema: T): Reference<Static<T>> {
    this.schemas[name] = schema;
    return (description) => refer<Static<T>>(name, description);
  }
}

function refer<T>(name: string, description?: string): TUnsafe<T> {
  return Type.Unsafe<T>({
    $ref: `#/$defs/${name}`,
    ...(description !== undefined && { description }),
  });
}

/** A list of exactly `length` items. */
export function listOf<T extends TSchema>(item: T, length: number, description?: string) {
  return Type.Array(item, {
    minItems: length,
    maxItems: length,
    ...(description !== undefined && { description }),
  });
}

export function orNull<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** An object whose keys fit the pattern. */
export function lookup<T>(pattern: string, value: TUnsafe<T>, description?: string) {
  return Type.Unsafe<Record<string, T>>({
    type: "object",
    propertyNames: { pattern },
    additionalProperties: value,
    ...(description !== undefined && { description }),
  });
}

/** One of these texts or numbers. */
export function oneOf<const T extends string | number>(values: readonly T[], description?: string) {
  return Type.Unsafe<T>({ ...(description !== undefined && { description }), enum: values });
}

/** Other keys are rejected instead of ignored. */
export const closed = { additionalProperties: false } as const;

/**
 * A copy of a schema without references into its `$defs`. Checks compiled from it are faster, because a compiler does not
 * know that items behind a reference are numbers, and compares them as objects.
 */
export function inlined(schema: JsonSchema): JsonSchema {
  const { $defs = {}, ...rest } = schema;
  return inline(rest, $defs as Record<string, JsonSchema>) as JsonSchema;
}

function inline(value: unknown, definitions: Record<string, JsonSchema>): unknown {
  if (Array.isArray(value)) return value.map((item) => inline(item, definitions));
  if (typeof value !== "object" || value === null) return value;
  const { $ref, ...own } = value as JsonSchema;
  const rest = Object.fromEntries(
    Object.entries(own).map(([key, inner]) => [key, inline(inner, definitions)]),
  );
  if (typeof $ref !== "string") return $ref === undefined ? rest : { $ref, ...rest };
  const target = inline(definitions[$ref.split("/").at(-1) ?? ""], definitions) as JsonSchema;
  const isNote = Object.keys(rest).every((key) => key === "description");
  return isNote ? { ...target, ...rest } : { ...rest, allOf: [target] };
}

/** A copy in which `place` replaces `#/$defs/` in all references. */
export function movedReferences(schema: unknown, place: string): unknown {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === "$ref" && typeof value === "string" ? value.replace(/^#\/\$defs\//, place) : value,
  );
}
