/**
 * Replaces TypeBox's schema builders; only the types come from TypeBox. The result is the same plain JSON Schema. Every
 * command would otherwise load TypeBox's own code, which takes 0.16 s of CPU time.
 */
import type { TSchema, Type as TypeBox } from "typebox";

export type { Static, TSchema, TUnsafe } from "typebox";

type Builders = Pick<
  typeof TypeBox,
  "Array" | "Boolean" | "Integer" | "Null" | "Number" | "Object" | "Optional" | "String" | "Union" | "Unsafe"
>;

const optional = new WeakSet<object>();

const builders = {
  Array: (items: TSchema, options?: object) => ({ type: "array", items, ...options }),
  Boolean: (options?: object) => ({ type: "boolean", ...options }),
  Integer: (options?: object) => ({ type: "integer", ...options }),
  Null: (options?: object) => ({ type: "null", ...options }),
  Number: (options?: object) => ({ type: "number", ...options }),
  Object: (properties: Readonly<Record<string, object>>, options?: object) => {
    const required = Object.keys(properties).filter((name) => !optional.has(properties[name] as object));
    return { type: "object", ...(required.length > 0 && { required }), properties, ...options };
  },
  /** Marks the schema of a key that may be absent. */
  Optional: (schema: object) => {
    const copy = { ...schema };
    optional.add(copy);
    return copy;
  },
  String: (options?: object) => ({ type: "string", ...options }),
  Union: (anyOf: readonly TSchema[], options?: object) => ({ anyOf, ...options }),
  /** A schema whose type is given separately. */
  Unsafe: (schema: object) => ({ ...schema }),
};

export const Type = builders as unknown as Builders;
