/** The schema builders, which have TypeBox's types, give the same schemas as TypeBox. */
import { Type as TypeBox } from "typebox";
import { expect, it } from "vitest";
import { Type } from "../../pipeline/model/schema/type.js";

const examples: ((type: typeof Type) => unknown)[] = [
  (type) => type.Array(type.Integer({ minimum: 1 }), { minItems: 2, uniqueItems: true }),
  (type) =>
    type.Object({ a: type.Number(), b: type.Optional(type.Boolean()) }, { additionalProperties: false }),
  (type) =>
    type.Object({ a: type.Optional(type.Number({ title: "a" })) }, { description: "all may be absent" }),
  (type) => type.Object({ deep: type.Object({ text: type.String({ pattern: "^x$" }) }) }),
  (type) => type.Object({ ...type.Object({ a: type.Optional(type.Null()) }).properties, c: type.String() }),
  (type) => type.Union([type.String(), type.Null()], { description: "or nothing" }),
  (type) => type.Unsafe<1>({ const: 1 }),
];

it.each(examples)("as %s", (build) => {
  expect(JSON.parse(JSON.stringify(build(Type)))).toEqual(JSON.parse(JSON.stringify(build(TypeBox))));
});
