/** A JSON array as a stream: elements become lines, however the bytes are cut. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decoderOf } from "../../pipeline/steps/index.js";
import { JsonArraySplitter } from "../../runners/input/json-array.js";
import { rowArbitrary } from "../reference/arbitraries.js";
import { decodeFile } from "../reference/decode.js";
import { jsonOf } from "../reference/encode.js";
import { countedRows, decodeAll } from "../steps/decoded.js";

/** @returns the output for the input in parts of these lengths (the last is for the rest), and the number of bytes used */
function splitUp(bytes: Uint8Array, lengths: readonly number[]): { output: string; used: number } {
  const splitter = new JsonArraySplitter();
  const written: Uint8Array[] = [];
  let used = 0;
  for (const length of [...lengths, Infinity]) {
    const part = bytes.subarray(used, Math.min(bytes.length, used + length));
    if (splitter.ended || part.length === 0) continue;
    const out = new Uint8Array(part.length * 2);
    const pushed = splitter.push(part, part.length, out);
    written.push(out.slice(0, pushed.written));
    used += pushed.used;
  }
  const out = new Uint8Array(4);
  written.push(out.slice(0, splitter.finish(out)));
  return { output: Buffer.concat(written).toString("latin1"), used };
}

const structure = fc
  .array(fc.constantFrom(...'[]{},:"\\ \n\r\t'.split(""), "1", "é", "\0", "null"), { maxLength: 40 })
  .map((parts) => `[${parts.join("")}`);
/** Elements whose brackets match and whose strings end. */
const element = fc.oneof(
  { weight: 3, arbitrary: rowArbitrary.map(jsonOf) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom("", " ", "nul", '"\\""', "{}x", '"[{"', "{1,2}", "[[],{}]") },
);
const space = fc.constantFrom("", " ", "\r\n");
const end = fc.constantFrom("]", "]\n", "] x", ",", ',{"HEAD"', ',{"HEAD":"]');
const array = fc
  .tuple(fc.array(element, { maxLength: 8 }), space, end)
  .map(([elements, gap, end]) => `${gap}[${elements.join(`${gap},${gap}`)}${end}`);
describe("the splitter", () => {
  it("gives the same output however the input is cut", () => {
    fc.assert(
      fc.property(fc.oneof(structure, array), fc.array(fc.integer({ min: 1, max: 9 })), (text, lengths) => {
        const bytes = Buffer.from(text);
        expect(splitUp(bytes, lengths)).toEqual(splitUp(bytes, []));
      }),
      { numRuns: 1000 },
    );
  });

  it("gives lines with the rows of the reference", () => {
    fc.assert(
      fc.property(array, fc.array(fc.integer({ min: 1, max: 9 })), (text, lengths) => {
        const bytes = Buffer.from(text);
        const { output, used } = splitUp(bytes, lengths);
        const elements = decodeAll(decoderOf("json-elements"), Buffer.from(output, "latin1"));
        const afterwards = decodeAll(decoderOf("json-lines"), bytes.subarray(used));
        expect({
          rows: [...elements.rows, ...afterwards.rows],
          malformed: elements.malformed + afterwards.malformed,
        }).toEqual(countedRows(decodeFile(bytes, "json")));
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps the last row of an unterminated array", () => {
    for (const text of ['[{"a":1},{"b":2}', '[{"a":1},{"b":2} \n']) {
      expect(splitUp(Buffer.from(text), []).output.replaceAll(" ", "")).toBe('{"a":1}\n{"b":2}\n,\n');
    }
  });

  it("never writes more than twice what it reads", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          structure,
          fc.nat({ max: 99 }).map((n) => `[${",".repeat(n)}`),
        ),
        (text) => {
          const bytes = Buffer.from(text);
          const { written } = new JsonArraySplitter().push(
            bytes,
            bytes.length,
            new Uint8Array(bytes.length * 3),
          );
          expect(written).toBeLessThanOrEqual(bytes.length * 2);
        },
      ),
    );
  });
});
