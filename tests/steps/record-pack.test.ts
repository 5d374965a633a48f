/** Packs of records: unpacking gives the packed records, or an error. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError, type RawRecord } from "../../pipeline/model/index.js";
import { packRecords, unpackRecords } from "../../pipeline/steps/index.js";

const record = fc.record({
  key: fc.option(fc.uint8Array({ maxLength: 40 })),
  value: fc.uint8Array({ maxLength: 200 }),
  timestampMs: fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 0.5, 1_763_700_000_000)),
  partition: fc.nat({ max: 4294967295 }),
});

/** Records as plain data, because views of a buffer are also compared by type. */
const plain = ({ key, value, ...rest }: RawRecord): unknown => ({
  ...rest,
  key: key && [...key],
  value: [...value],
});

describe("a pack", () => {
  it("a pack returns its records, even at an odd offset of a larger buffer", () => {
    fc.assert(
      fc.property(fc.array(record), fc.nat({ max: 9 }), (records, offset) => {
        const pack = packRecords(records);
        const moved = Buffer.concat([Buffer.alloc(offset, 1), pack, Buffer.alloc(9, 1)]);
        for (const bytes of [pack, moved.subarray(offset, offset + pack.length)]) {
          expect([...unpackRecords(bytes)].map(plain)).toEqual(records.map(plain));
        }
      }),
    );
  });

  it("a truncated pack gives its complete records, or an error", () => {
    const records: RawRecord[] = [
      { key: Buffer.from("key"), value: Buffer.from("value"), timestampMs: 1, partition: 2 },
      { key: null, value: Buffer.from("more"), timestampMs: 3, partition: 4 },
    ];
    const pack = packRecords(records);
    const borders = [0, packRecords(records.slice(0, 1)).length, pack.length];
    for (let length = 0; length <= pack.length; length += 1) {
      const unpack = (): unknown[] => [...unpackRecords(pack.subarray(0, length))].map(plain);
      const whole = borders.indexOf(length);
      if (whole < 0) expect(unpack).toThrow(FormatError);
      else expect(unpack()).toEqual(records.slice(0, whole).map(plain));
    }
  });

  it("random bytes give records that together use all bytes, or an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        let records: RawRecord[] | null = null;
        try {
          records = [...unpackRecords(bytes)];
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
        if (records !== null) expect(packRecords(records)).toHaveLength(bytes.length);
      }),
    );
  });
});
