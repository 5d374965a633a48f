import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SchemaGuess } from "../../runners/topics/index.js";
import { TopicSchema } from "../../runners/cli/topics/schema.js";

function guessOf(values: readonly unknown[]): SchemaGuess {
  const guess = new SchemaGuess();
  for (const value of values) guess.add(value);
  return guess;
}

describe("a guessed schema", () => {
  it("can be printed as a tree", () => {
    const values = [
      { id: 1, name: "a", at: { x: 0.5 }, tags: ["p", "q"] },
      { id: 7, at: { x: 2 }, tags: [] },
      { id: 3, name: null, at: { x: 1 }, tags: ["r"] },
    ];
    expect(guessOf(values).toLines("value")).toEqual([
      "value: object",
      "  id: integer 1 to 7",
      "  name: null or string, in 2 of 3",
      "  at: object",
      "    x: number 0.5 to 2",
      "  tags: array",
      "    each: string",
    ]);
  });

  it("can be printed as JSON Schema", () => {
    expect(guessOf([{ id: 1, note: "x" }, { id: 2 }]).toJsonSchema()).toEqual({
      type: "object",
      properties: { id: { type: "integer", minimum: 1, maximum: 2 }, note: { type: "string" } },
      required: ["id"],
    });
  });

  it("as JSON Schema accepts all values from which it was guessed", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 3 }), { minLength: 1, maxLength: 5 }), (values) => {
        const schema = guessOf(values).toJsonSchema();
        // As in JSON Schema, names that every object inherits, like valueOf, are not properties.
        const accepts = new Ajv2020({ strict: false, ownProperties: true }).compile(schema);
        for (const value of values) expect(accepts(value)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("has a bounded size even if property names are themselves data", () => {
    const value = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`key ${i}`, i]));
    expect(guessOf([value]).toLines("value").at(-1)).toBe("  … more than 500 names");
  });
});

describe("the schema of a topic's values", () => {
  const schemaOf = (...values: (string | Buffer | null)[]): TopicSchema => {
    const schema = new TopicSchema();
    for (const value of values) schema.add(value === null ? null : Buffer.from(value as string));
    return schema;
  };

  it("distinguishes types, and the columns of rows", () => {
    const rows =
      "HEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS\n2,0,5,3387200000,17,3\r\n2,1,128,3387200001,3,2.5\n";
    expect(schemaOf(rows, "", null, '{"a": true}', "hello", Buffer.of(0xff, 0)).toText()).toBe(
      [
        "6 records: 1 CSV, 2 empty, 1 JSON, 1 text, 1 binary",
        "value: object",
        "  a: boolean",
        "row: object",
        "  HEAD: integer 2",
        "  FPGA: integer 0 to 1",
        "  TDC_CHANNEL: integer 5 to 128",
        "  ORBIT_CNT: integer 3387200000 to 3387200001",
        "  BX_COUNTER: integer 3 to 17",
        "  TDC_MEAS: number 2.5 to 3",
        "",
      ].join("\n"),
    );
  });

  it("is empty without values", () => {
    expect(schemaOf().toText()).toBe("0 records\n");
  });
});
