/**
 * Compressed batches of other producers: known bytes compressed by the formats' own libraries (Python's lz4, cramjam),
 * and damaged data.
 */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../pipeline/model/index.js";
import { Inflated } from "../../runners/kafka/compression/inflated.js";
import { inflateGzip } from "../../runners/kafka/compression/codecs.js";
import { inflateLz4 } from "../../runners/kafka/compression/lz4.js";
import { inflateSnappy } from "../../runners/kafka/compression/snappy.js";
import { inflateZstd, inflateZstdPlainly } from "../../runners/kafka/compression/codecs.js";
import compressed from "./compressed.json" with { type: "json" };

const row = (i: number): string =>
  `2,${i % 2},${(i * 37) % 128},${3387354526 + Math.floor(i / 5)},${(i * 701) % 3564},${i % 30}\n`;
const contents = {
  rows: Buffer.from(Array.from({ length: 60 }, (_, i) => row(i)).join("")),
  runs: Buffer.from(`${"a".repeat(70_000)}bbb`),
  empty: Buffer.alloc(0),
};
type Content = keyof typeof contents;
const names = Object.keys(contents) as Content[];
const bytesOf = (name: Content, format: keyof (typeof compressed)["rows"]): Buffer =>
  Buffer.from(compressed[name][format], "base64");

describe("compressed data", () => {
  it.each(names)("is decompressed: %s", (name) => {
    const wanted = contents[name].toString();
    expect(inflateLz4(bytesOf(name, "lz4")).toString()).toBe(wanted);
    expect(inflateLz4(bytesOf(name, "lz4-linked")).toString()).toBe(wanted);
    expect(inflateSnappy(bytesOf(name, "snappy")).toString()).toBe(wanted);
    expect(inflateZstd(bytesOf(name, "zstd")).toString()).toBe(wanted);
    expect(inflateZstdPlainly(bytesOf(name, "zstd")).toString()).toBe(wanted);
  });

  it("is decompressed from several frames", () => {
    const lz4 = bytesOf("rows", "lz4");
    expect(inflateLz4(Buffer.concat([lz4, lz4])).toString()).toBe(contents.rows.toString().repeat(2));
    const raw = bytesOf("rows", "snappy");
    const size = Buffer.alloc(4);
    size.writeUInt32BE(raw.length);
    const head = Buffer.from("82534e41505059000000000100000001", "hex");
    const framed = Buffer.concat([head, size, raw, size, raw]);
    expect(inflateSnappy(framed).toString()).toBe(contents.rows.toString().repeat(2));
  });
});

describe("a gzip batch", () => {
  const member = gzipSync(contents.rows);
  const whole = contents.rows.toString();

  it("can have several members and padding", async () => {
    expect((await inflateGzip(member)).toString()).toBe(whole);
    const padded = Buffer.concat([member, Buffer.alloc(9), member, Buffer.alloc(2)]);
    expect((await inflateGzip(padded)).toString()).toBe(whole + whole);
  });

  it("that is damaged is rejected, with the position of the damage", async () => {
    await expect(inflateGzip(member.subarray(0, -9))).rejects.toThrow(
      new FormatError(`the gzip member at byte 0 is cut off at byte ${member.length - 9}`),
    );
    await expect(inflateGzip(Buffer.concat([member, Buffer.from("rest")]))).rejects.toThrow(FormatError);
    await expect(inflateGzip(member, new Inflated(100))).rejects.toThrow("it has more than");
  });
});

describe("damaged data", () => {
  const inflaters = { lz4: inflateLz4, snappy: inflateSnappy };

  it.each(["lz4", "snappy"] as const)("is reported or gives different bytes: %s", (format) => {
    const whole = bytesOf("rows", format);
    const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), cut: fc.nat(whole.length) });
    fc.assert(
      fc.property(change, ({ at, byte, cut }) => {
        const bytes = Buffer.from(whole.subarray(0, cut));
        if (at < cut) bytes[at] = byte;
        try {
          inflaters[format](bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
    );
  });

  it.each(["lz4", "snappy"] as const)("is reported when it is truncated: %s", (format) => {
    const whole = bytesOf("rows", format);
    for (const cut of [1, 10, whole.length >> 1, whole.length - 5])
      expect(() => inflaters[format](whole.subarray(0, cut))).toThrow(FormatError);
  });

  it("is rejected when its output is larger than any producer's batch", () => {
    expect(() => inflateLz4(bytesOf("runs", "lz4"), new Inflated(1 << 16))).toThrow("it has more than");
    expect(() => inflateSnappy(bytesOf("runs", "snappy"), new Inflated(1 << 16))).toThrow("it has more than");
  });
});
