/** Pieces of a file: together they form the whole file, and none begins or ends within a row. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutFile, cutRows, longestPieceBytes, type ByteRange } from "../../../runners/batch/cluster/cut.js";
import { scratchFolder } from "../../helpers/scratch.js";

const scratch = scratchFolder();
const rangesOf = async (
  content: string | Uint8Array,
  format: "csv" | "json" | "dat",
  pieceBytes: number,
): Promise<ByteRange[] | null> => {
  const cut = await cutFile(scratch.write("file", content), format, pieceBytes);
  return cut?.pieces.map(({ from, to }) => ({ from, to })) ?? null;
};

const line = fc.stringMatching(/^[0-9,]{0,20}$/);
const lines = fc.array(line, { maxLength: 30 }).map((all) => all.join("\n"));
const pieceBytes = fc.integer({ min: 1, max: 60 });

function expectWhole(text: string, ranges: readonly ByteRange[], from: number): void {
  let at = from;
  for (const range of ranges) {
    expect(range.from).toBe(at);
    expect(range.to).toBeGreaterThan(range.from);
    expect(range.from === from || text[range.from - 1] === "\n").toBe(true);
    at = range.to;
  }
  expect(at).toBe(text.length);
}

describe("a file of lines", () => {
  it("is cut after line endings, with nothing lost and nothing duplicated", async () => {
    await fc.assert(
      fc.asyncProperty(lines, pieceBytes, async (text, bytes) => {
        expectWhole(text, (await rangesOf(text, "csv", bytes)) ?? [], 0);
      }),
    );
  });

  it("is cut into pieces of about the requested size", async () => {
    const text = "0123456789\n".repeat(100_000);
    const ranges = (await rangesOf(text, "csv", 100_000)) ?? [];
    expect(ranges).toHaveLength(11);
    expect(Math.max(...ranges.map(({ from, to }) => to - from))).toBeLessThan(100_011);
  });

  it("loses its byte-order mark", async () => {
    expect(await rangesOf("\ufeff1,2\n3,4\n", "csv", 1000)).toEqual([{ from: 3, to: 11 }]);
  });

  it("without content has no pieces", async () => {
    expect(await rangesOf("", "csv", 10)).toEqual([]);
  });

  it("with a line that is too long is not cut but read as a stream", async () => {
    const long = Buffer.alloc(longestPieceBytes + 100, 55);
    expect(await rangesOf(long, "csv", 1 << 20)).toBeNull();
  });

  it("that is a JSON array is not cut either; JSON Lines are cut", async () => {
    expect(await rangesOf(' \n [{"HEAD":2}]', "json", 10)).toBeNull();
    expect(await rangesOf('{"a":1}\n{"b":2}\n', "json", 4)).toEqual([
      { from: 0, to: 8 },
      { from: 8, to: 16 },
    ]);
  });
});

it("a file of words is cut between words; the remainder is in the last piece", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 200 }), pieceBytes, async (size, bytes) => {
      const ranges = (await rangesOf(new Uint8Array(size), "dat", bytes)) ?? [];
      expect(ranges.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(size);
      for (const { from } of ranges) expect(from % 8).toBe(0);
      for (const { from, to } of ranges.slice(0, -1)) expect((to - from) % 8).toBe(0);
    }),
  );
});

it("rows in memory are cut the same way", () => {
  fc.assert(
    fc.property(lines, pieceBytes, (text, bytes) =>
      expectWhole(text, cutRows(Buffer.from(text), "csv", bytes), 0),
    ),
  );
});
