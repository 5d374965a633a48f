/** The SDK was written for protobufjs 6; its coders must also work with the version that package.json substitutes. */
import { createRequire } from "node:module";
import fc from "fast-check";
import Long from "long";
import { describe, expect, it } from "vitest";
import type { Coder } from "../../pipeline/beam/sdk.js";
import { coders, Context, IntervalWindow, sdkFolder } from "./beam-sdk.js";

const requireAsSdk = createRequire(sdkFolder);
const { Reader, Writer } = requireAsSdk("protobufjs") as typeof import("protobufjs");

/** The second of two elements in a row. */
function travel<T>(coder: Coder<T>, element: T): T {
  const writer = new Writer();
  coder.encode(element, writer, Context.needsDelimiters);
  coder.encode(element, writer, Context.needsDelimiters);
  const bytes = writer.finish();
  const reader = new Reader(bytes);
  coder.decode(reader, Context.needsDelimiters);
  const second = coder.decode(reader, Context.needsDelimiters);
  expect(reader.pos).toBe(bytes.length);
  return second;
}

const { BytesCoder, StrUtf8Coder, KVCoder, IterableCoder, VarIntCoder, IntervalWindowCoder } = coders;
const megabyte = Uint8Array.from({ length: 1 << 20 }, (_, i) => i % 251);
const bytesArbitrary = fc.uint8Array({ maxLength: 300 });

it.each([
  ["protobufjs", [7, 5, 5]],
  ["@grpc/grpc-js", [1, 14, 0]],
])("the SDK loads %s %j or newer", (name, oldest) => {
  const { version } = requireAsSdk(`${name}/package.json`) as { version: string };
  const parts = version.split(".").map(Number);
  const firstOther = parts.findIndex((part, i) => part !== oldest[i]);
  expect(parts[0]).toBe(oldest[0]);
  expect(firstOther < 0 || parts[firstOther]! > oldest[firstOther]!).toBe(true);
});

describe("the SDK's coders restore", () => {
  it("byte arrays, also empty and of a megabyte", () => {
    fc.assert(
      fc.property(bytesArbitrary, (bytes) => {
        expect([...travel(new BytesCoder(), bytes)]).toEqual([...bytes]);
      }),
    );
    for (const bytes of [new Uint8Array(0), megabyte]) {
      expect(Buffer.compare(travel(new BytesCoder(), bytes), bytes)).toBe(0);
    }
  });

  it("strings, also empty and of a megabyte", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(travel(new StrUtf8Coder(), text)).toBe(text);
      }),
    );
    for (const text of ["", "é".repeat(1 << 19)]) expect(travel(new StrUtf8Coder(), text)).toBe(text);
  });

  it("key-value pairs", () => {
    const coder = new KVCoder(new StrUtf8Coder(), new BytesCoder());
    fc.assert(
      fc.property(fc.string(), bytesArbitrary, (key, value) => {
        const { key: keyBack, value: valueBack } = travel(coder, { key, value });
        expect([keyBack, ...valueBack]).toEqual([key, ...value]);
      }),
    );
    expect(Buffer.compare(travel(coder, { key: "big", value: megabyte }).value, megabyte)).toBe(0);
  });

  it("iterables of no, few and many values", () => {
    const coder = new IterableCoder(new BytesCoder());
    for (const count of [0, 1, 2, 300, 70_000]) {
      const values = Array.from({ length: count }, (_, i) => Uint8Array.of(i % 256));
      const back = [...travel(coder, values as Iterable<Uint8Array>)];
      expect(back.map(([byte]) => byte)).toEqual(values.map(([byte]) => byte));
    }
  });

  it("integers of every encoded length", () => {
    const counts = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(counts, (count) => {
        expect(travel(new VarIntCoder(), count)).toBe(count);
      }),
    );
    for (const count of [0, 127, 128, 16_384, 2 ** 31 - 1])
      expect(travel(new VarIntCoder(), count)).toBe(count);
  });

  it("windows of five seconds, also the one at the epoch", () => {
    for (const startMs of [0, 5000, 1_763_700_000_000, 2 ** 42]) {
      const window = new IntervalWindow(Long.fromNumber(startMs), Long.fromNumber(startMs + 5000));
      const { start, end } = travel(new IntervalWindowCoder(), window);
      expect([Number(start), Number(end)]).toEqual([startMs, startMs + 5000]);
    }
  });
});
