/** JSON values, words of the read-out board, and the choice of format, compared with the slow reference. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decoderOf } from "../../pipeline/steps/index.js";
import { rowArbitrary, wordArbitrary } from "../reference/arbitraries.js";
import { decodeFile, decodeMessage } from "../reference/decode.js";
import { encodeCsv, encodeDat, jsonOf } from "../reference/encode.js";
import { countedRows, decodeAll, decodeRange } from "./decoded.js";

const bytesOf = (text: string): Uint8Array => Buffer.from(text);
const elementText = fc.oneof({ weight: 3, arbitrary: rowArbitrary.map(jsonOf) }, fc.json({ maxDepth: 2 }));
const space = fc.constantFrom("", " ", "\n", "\t\r\n");

/** Rows with numbers in a notation that the fast path does not expect. */
const oddNumber = fc.constantFrom(
  "5",
  "5.0",
  "5e0",
  "-0",
  "05",
  "5.",
  ".5",
  "+5",
  "1E2",
  '"5"',
  "null",
  "5.5",
  "4294967296",
);
const oddElement = fc
  .tuple(
    rowArbitrary,
    fc.nat({ max: 5 }),
    oddNumber,
    fc.constantFrom("", ',"x":[1]', ',"HEAD":7', ',"a\\"b":1'),
  )
  .map(([row, field, number, extra]) => {
    const parts = jsonOf(row).slice(1, -1).split(",");
    parts[field] = parts[field]!.replace(/:.*/, `:${number}`);
    return `{${parts.join(",")}${extra}}`;
  });

describe("JSON", () => {
  it("gives the rows of the reference for a value of the topic", () => {
    const value = fc
      .tuple(
        fc.array(fc.oneof(elementText, oddElement), { maxLength: 6 }),
        space,
        fc.boolean(),
        fc.constantFrom("", "", ",", "]"),
      )
      .map(([elements, gap, isArray, end]) =>
        isArray
          ? `${gap}[${elements.join(`${gap},`)}${gap}]${gap}${end}`
          : `${gap}${elements[0] ?? "{}"}${end}`,
      );
    fc.assert(
      fc.property(value, (text) => {
        expect(decodeAll(decoderOf("rows"), bytesOf(text))).toEqual(
          countedRows(decodeMessage(bytesOf(text))),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("gives the rows of the reference for JSON Lines that begin with an object", () => {
    const lines = fc.array(fc.oneof(elementText, oddElement, fc.constantFrom("", " ", "{", "x")), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(lines, fc.constantFrom("\n", "\r\n"), (lines, end) => {
        const bytes = bytesOf(["{}", ...lines].join(end));
        expect(decodeAll(decoderOf("json-lines"), bytes)).toEqual(countedRows(decodeFile(bytes, "json")));
      }),
      { numRuns: 500 },
    );
  });

  it("reads nothing outside its range", () => {
    fc.assert(
      fc.property(
        fc.oneof(elementText, oddElement),
        fc.constantFrom("}", "]", "5", '"', " "),
        (text, around) => {
          const inside = bytesOf(text);
          const bytes = Buffer.concat([bytesOf(around), inside, bytesOf(around)]);
          for (const format of ["json-lines", "json-elements"] as const) {
            expect(decodeRange(decoderOf(format), bytes, 1, 1 + inside.length)).toEqual(
              decodeAll(decoderOf(format), inside),
            );
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("words", () => {
  it("gives the rows of the reference at any offset in a buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 9 }), (bytes, offset) => {
        const moved = Buffer.concat([Buffer.alloc(offset, 0xff), bytes, Buffer.alloc(9, 0xff)]);
        expect(decodeRange(decoderOf("dat"), moved, offset, offset + bytes.length)).toEqual(
          countedRows(decodeMessage(bytes, "words")),
        );
      }),
    );
  });

  it("gives the rows that were encoded", () => {
    fc.assert(
      fc.property(fc.array(wordArbitrary), (rows) => {
        expect(decodeAll(decoderOf("dat"), encodeDat(rows))).toEqual({ rows, malformed: 0 });
        expect(decodeAll(decoderOf("csv"), encodeCsv(rows))).toEqual({ rows, malformed: 0 });
      }),
    );
  });
});
