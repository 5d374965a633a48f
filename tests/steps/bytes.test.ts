/** Encoding of numbers and texts as bytes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../pipeline/model/index.js";
import { ByteReader, ByteWriter } from "../../pipeline/steps/index.js";

const field = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom(0, 127, 128, 16383, 16384, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array(),
);

function write(fields: readonly (number | string | Uint8Array)[], capacity: number): Uint8Array {
  const writer = new ByteWriter(capacity);
  for (const field of fields) {
    if (typeof field === "number") writer.varint(field);
    else if (typeof field === "string") writer.text(field);
    else writer.raw(field);
  }
  return writer.view();
}

describe("bytes", () => {
  it("return the written bytes, from a buffer of any size", () => {
    fc.assert(
      fc.property(fc.array(field), fc.nat({ max: 40 }), (fields, capacity) => {
        const reader = new ByteReader(write(fields, capacity));
        const read = fields.map((field) => {
          if (typeof field === "number") return reader.varint();
          return typeof field === "string" ? reader.text() : reader.raw(field.length);
        });
        expect(read).toEqual(fields);
      }),
    );
  });

  it("that are truncated give an error, never a wrong value", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.string({ minLength: 1 }), (number, text) => {
        const bytes = write([number, text], 0);
        for (let length = 0; length < bytes.length; length += 1) {
          const reader = new ByteReader(bytes.subarray(0, length));
          expect(() => [reader.varint(), reader.text()]).toThrow(FormatError);
        }
      }),
    );
  });

  it("are rewritten after a clear", () => {
    const writer = new ByteWriter(4);
    writer.text("long enough to grow");
    writer.clear();
    writer.varint(300);
    expect([...writer.view()]).toEqual([0xac, 0x02]);
  });
});
