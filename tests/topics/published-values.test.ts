import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { streamOf, type ByteStream } from "../../runners/input/byte-stream.js";
import { jsonValuesOf, linesOf, numbersBetween, type PublishedValue } from "../../runners/topics/index.js";

/** A stream of the text in pieces of a few bytes. */
function pieces(text: string, size = 3): ByteStream {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return streamOf(Readable.from(chunks));
}

async function all(values: AsyncIterable<PublishedValue>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of values) texts.push(text);
  return texts;
}

describe("published values", () => {
  it("of a range of numbers are ascending or descending", () => {
    expect([...numbersBetween(1, 4)].map(({ text }) => text)).toEqual(["1", "2", "3", "4"]);
    expect([...numbersBetween(1, -1)].map(({ text }) => text)).toEqual(["1", "0", "-1"]);
  });

  it("of text are its lines", async () => {
    expect(await all(linesOf(pieces("\ufeffä\r\n\n b \nlast")))).toEqual(["ä", " b ", "last"]);
  });

  it.each<[string, string, string[]]>([
    [
      "an array",
      '[{"a": 12345678901234567890},\n {"b": [1, "x,]"]}]\n',
      ['{"a": 12345678901234567890}', '{"b": [1, "x,]"]}'],
    ],
    ["an empty array", " [ ] ", []],
    ["JSON Lines", '{"a": 1}\n\n{"b": 2}', ['{"a": 1}', '{"b": 2}']],
    ["plain values", '1\n"x"\nnull\n', ["1", '"x"', "null"]],
    ["an object over many lines", '{\n "a": {\n "b": 1}\n}\n', ['{\n "a": {\n "b": 1}\n}']],
    ["nothing", " \n", []],
  ])("of JSON: %s", async (_, text, values) => {
    expect(await all(jsonValuesOf(pieces(text)))).toEqual(values);
  });

  it.each([
    ['{"a": 1}\nno\n', "line 2 is not JSON: no"],
    ['{"a": 1\n', 'line 1 is not JSON: {"a": 1'],
    ['[{"a": 1}, oops]', "element 2 of the array is not JSON: oops"],
    ['[{"a": 1}, {"b"', "element 2 of the array is not JSON"],
    ["[1, 2] 3", "unexpected text after the array: 3"],
  ])("%j is refused, with the position of the error", async (text, message) => {
    await expect(all(jsonValuesOf(pieces(text)))).rejects.toThrow(message);
  });

  it("of any array are its elements, however the text is cut into pieces", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 20 }), async (values, size) => {
        const texts = await all(jsonValuesOf(pieces(JSON.stringify(values, null, 1), size)));
        expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
      { numRuns: 100 },
    );
  });
});
