/** Inputs cut into bundles: rows at every edge of the buffer, and lines and elements longer than the buffer. */
import { describe, expect, it } from "vitest";
import { decoderOf } from "../../../pipeline/steps/index.js";
import { BundleReader } from "../../../runners/batch/direct/bundles.js";
import type { ByteStream } from "../../../runners/input/byte-stream.js";
import type { Input } from "../../../runners/input/inputs.js";
import { decodeFile } from "../../reference/decode.js";
import { countedRows, decodeAll, type DecodedRows } from "../../steps/decoded.js";

/** The smallest buffer that the reader allocates. */
const bufferBytes = 1 << 20;
/** An array is read in pieces of this size. */
const scratchBytes = 1 << 18;
const row = "2,0,1,7,5,5\n";
const jsonRow = '{"HEAD":2,"FPGA":0,"TDC_CHANNEL":1,"ORBIT_CNT":7,"BX_COUNTER":5,"TDC_MEAS":5}';

/** A stream that delivers at most this number of bytes at a time, then ends or fails. */
function streamOf(bytes: Uint8Array, maxBytes = Infinity, breaks = false): ByteStream {
  let at = 0;
  return {
    read: (target) => {
      const count = Math.min(target.length, bytes.length - at, maxBytes);
      if (count === 0 && breaks) return Promise.reject(new Error("broken"));
      target.set(bytes.subarray(at, at + count));
      at += count;
      return Promise.resolve(count);
    },
    close: () => Promise.resolve(),
  };
}

interface Read extends DecodedRows {
  bundles: number;
  bytesRead: number;
}

async function read(streams: readonly ByteStream[], format: Input["format"]): Promise<Read> {
  const result: Read = { rows: [], malformed: 0, bundles: 0, bytesRead: 0 };
  const reader = new BundleReader((bundle) => {
    result.bundles += 1;
    for (const { from, to } of bundle.pieces) {
      const { rows, malformed } = decodeAll(decoderOf(bundle.format), bundle.buffer.subarray(from, to));
      for (const row of rows) result.rows.push(row);
      result.malformed += malformed;
    }
    // As in a thread with its own buffers.
    return Promise.resolve(new Uint8Array(bundle.buffer.length));
  }, 1);
  for (const stream of streams) await reader.read(stream, format).catch(ignoreBroken);
  await reader.flush();
  return { ...result, bytesRead: reader.bytesRead };
}

function ignoreBroken(error: unknown): void {
  expect(error).toEqual(new Error("broken"));
}

async function expectAsReference(
  text: string | Uint8Array,
  format: Input["format"],
  maxBytes?: number,
): Promise<Read> {
  const bytes = Buffer.from(text);
  const { bundles, bytesRead, ...decoded } = await read([streamOf(bytes, maxBytes)], format);
  expect(decoded).toEqual(countedRows(decodeFile(bytes, format)));
  return { ...decoded, bundles, bytesRead };
}

describe("a line longer than a bundle", () => {
  const lengths = [-1, 0, 1].flatMap((near) => [1, 2, 3].map((times) => times * bufferBytes + near));

  it.each(lengths)("of %i bytes is one malformed row", async (length) => {
    for (const maxBytes of [Infinity, 65_536]) {
      const { rows, malformed, bytesRead } = await expectAsReference(
        `${"5".repeat(length)}\n${row}${row}`,
        "csv",
        maxBytes,
      );
      expect([rows.length, malformed, bytesRead]).toEqual([2, 1, length + 1 + 2 * row.length]);
    }
  });

  it.each(lengths)("of %i blanks is not a row", async (length) => {
    await expectAsReference(`${row}${" ".repeat(length)}\n${row}`, "csv");
    await expectAsReference(`${row}${" ".repeat(length)}\r\n`, "csv");
  });

  it("may be the last line or be followed by another", async () => {
    for (const end of ["", "\n"]) {
      await expectAsReference(`${row}${"5".repeat(2 * bufferBytes)}${end}`, "csv");
    }
  });

  it.each([-1, 0, 1, 5])("may be followed by another, %i bytes longer than a bundle", async (more) => {
    const long = "x".repeat(bufferBytes + more);
    const { malformed, rows } = await expectAsReference(`${long}\n${long}\n${row}${long}`, "csv");
    expect([malformed, rows.length]).toEqual([3, 1]);
  });

  it("is one malformed row in JSON Lines too", async () => {
    await expectAsReference(`${jsonRow}\n{"a":"${"x".repeat(bufferBytes)}"}\n${jsonRow}\n`, "json");
  });
});

describe("rows at the edge of a bundle", () => {
  it("are read whole wherever the edge cuts them", async () => {
    for (let shift = 0; shift <= row.length; shift += 1) {
      const text = `${" ".repeat(bufferBytes - 2 * row.length + shift)}\n${row.repeat(5)}`;
      const { bundles, malformed } = await expectAsReference(text, "csv");
      expect([bundles, malformed]).toEqual([2, 0]);
    }
  });

  it("are read as whole words after an input with an incomplete last word", async () => {
    const words = Uint8Array.from({ length: 300_007 }, (_, i) => (i * 7919) % 251);
    const inputs = [3, 8, 5, 0, 1, 7].map((length) => words.subarray(0, words.length - length));
    const { rows, malformed } = await read(
      inputs.map((bytes) => streamOf(bytes)),
      "dat",
    );
    const expected = inputs.map((bytes) => countedRows(decodeFile(bytes, "dat")));
    expect(rows).toEqual(expected.flatMap((part) => part.rows));
    expect(malformed).toBe(expected.reduce((sum, part) => sum + part.malformed, 0));
  });

  it("are read as whole words wherever a file of words is cut", async () => {
    const words = Uint8Array.from({ length: 32 }, (_, i) => i * 37);
    for (let length = 0; length <= words.length; length += 1) {
      await expectAsReference(words.subarray(0, length), "dat", 5);
    }
  });
});

describe("an array", () => {
  it("may be longer than a bundle", async () => {
    const { rows, bundles } = await expectAsReference(`[${Array(40_000).fill(jsonRow).join(",")}]`, "json");
    expect(rows).toHaveLength(40_000);
    expect(bundles).toBeGreaterThan(2);
  });

  it.each([1, 2, 5])("may have an element of %i bundles, which is one malformed row", async (times) => {
    const long = `{"a":"${"x,]".repeat((times * bufferBytes) / 3)}"}`;
    const { rows, malformed } = await expectAsReference(`[${jsonRow},${long},${jsonRow}]`, "json");
    expect([rows.length, malformed]).toEqual([2, 1]);
  });

  it("that breaks off when the buffer is full adds one malformed row", async () => {
    for (const near of [-1, 0, 1, 2, 3]) {
      const commas = 3 * scratchBytes + near;
      const { malformed } = await read([streamOf(Buffer.from(`[${",".repeat(commas)}`))], "json");
      expect(malformed).toBe(commas + 1);
    }
  });

  it("may be followed by spaces; anything else after it is one malformed row", async () => {
    for (const end of ["\n \r\n", " x", "]"]) await expectAsReference(`[${jsonRow}]${end}`, "json", 7);
  });
});

describe("an input that breaks", () => {
  it("gives the whole rows before the break, and never a part of a row as a row", async () => {
    for (let length = 0; length <= row.length; length += 1) {
      const broken = streamOf(Buffer.from(row + row.slice(0, length)), 5, true);
      const { rows, malformed } = await read([broken, streamOf(Buffer.from(row))], "csv");
      expect([rows.length, malformed]).toEqual([length === row.length ? 3 : 2, 0]);
    }
  });

  it("gives the whole words before the break", async () => {
    const { rows, malformed } = await read(
      [streamOf(new Uint8Array(21), 5, true), streamOf(new Uint8Array(8))],
      "dat",
    );
    expect([rows.length, malformed]).toEqual([3, 0]);
  });
});
