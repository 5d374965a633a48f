/** CSV rows: the fast path and the full grammar, compared with the slow reference. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decoderOf } from "../../pipeline/steps/index.js";
import { dirtyCsvArbitrary, lineSpelling, rowArbitrary } from "../reference/arbitraries.js";
import { decodeCsv } from "../reference/decode-csv.js";
import { countedRows, decodeAll, decodeRange } from "./decoded.js";

const csv = decoderOf("csv");
const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** Numbers at the limits of the fast path: 8 to 11 digits, leading zeros, and the limits of 32 bits. */
const digits = fc.oneof(
  fc.nat({ max: 4000 }).map(String),
  fc.stringMatching(/^[0-9]{8,11}$/),
  fc.constantFrom(
    "4294967294",
    "4294967295",
    "4294967296",
    "04294967295",
    "9999999999",
    "999999999",
    "000000000",
  ),
);
const fraction = fc.oneof(
  digits,
  fc.stringMatching(/^-?[0-9]{1,10}\.[0-9]{0,20}$/),
  fc.stringMatching(/^[+-]?[0-9]{0,4}\.?[0-9]{0,4}([eE][+-]?[0-9]{1,3})?$/),
);
const nearPlainLine = fc
  .tuple(fc.constantFrom("2", "0", "2.0"), digits, digits, digits, digits, fraction)
  .map((fields) => fields.join(","));

/** Rows that are read four characters at a time, some with one character replaced. */
const wordLine = fc
  .tuple(
    fc.tuple(
      fc.constantFrom("2", "0", "9", "10"),
      fc.constantFrom("0", "1", "7"),
      fc.stringMatching(/^[0-9]{1,4}$/),
      fc.oneof(fc.stringMatching(/^[0-9]{7,11}$/), digits),
      fc.stringMatching(/^[0-9]{1,6}$/),
      fc.oneof(fc.stringMatching(/^[0-9]{1,2}$/), fraction),
    ),
    fc.option(
      fc.tuple(fc.nat(), fc.constantFrom("/", ":", ",", " ", "-", ".", "\r", "\n", "0", "\xb0", "\xff")),
      { freq: 2 },
    ),
  )
  .map(([fields, change]) => {
    const line = fields.join(",");
    if (change === null) return line;
    const at = change[0] % line.length;
    return line.slice(0, at) + change[1] + line.slice(at + 1);
  });

describe("CSV", () => {
  it("counts a file whose lines end with CR only as one malformed row, not as a header", () => {
    const file = "HEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS\r2,0,1,7,5,5\r2,0,1,8,5,5\r";
    expect(decodeAll(csv, bytesOf(file))).toEqual({ rows: [], malformed: 1 });
    expect(decodeAll(csv, bytesOf("HEAD,FPGA\r\r \r\n"))).toEqual({ rows: [], malformed: 0 });
    expect(countedRows(decodeCsv(bytesOf(file)))).toEqual(decodeAll(csv, bytesOf(file)));
  });

  it("gives the rows of the reference in any notation, with garbage between them", () => {
    fc.assert(
      fc.property(dirtyCsvArbitrary, (text) => {
        expect(decodeAll(csv, bytesOf(text))).toEqual(countedRows(decodeCsv(bytesOf(text))));
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same rows by the fast path, by the full grammar and by the reference", () => {
    fc.assert(
      fc.property(nearPlainLine, fc.constantFrom("\n", "\r\n", ""), (line, end) => {
        const fast = decodeAll(csv, bytesOf(line + end));
        expect(fast).toEqual(countedRows(decodeCsv(bytesOf(line))));
        expect(decodeAll(csv, bytesOf(` ${line}${end}`))).toEqual(fast);
      }),
      { numRuns: 5000 },
    );
  });

  it("gives the rows of the reference from an input that is long enough to be read four characters at a time", () => {
    const rows = fc.array(wordLine, { minLength: 40, maxLength: 60 });
    fc.assert(
      fc.property(rows, fc.nat({ max: 9 }), (lines, before) => {
        const text = Buffer.from(lines.join("\n"), "latin1");
        // Beginning anywhere in its memory, which is shared with other bytes.
        const memory = Buffer.concat([Buffer.alloc(before, "7"), text, Buffer.from("7,7\n")]);
        const expected = countedRows(decodeCsv(text));
        expect(decodeRange(csv, memory.subarray(before), 0, text.length)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("gives the same rows in one piece and cut at any line ending", () => {
    fc.assert(
      fc.property(dirtyCsvArbitrary, fc.nat(), (text, seed) => {
        const cuts = [...text.matchAll(/\n/g)].map(({ index }) => index + 1);
        const cut = cuts[seed % Math.max(1, cuts.length)] ?? 0;
        const [first, second] = [text.slice(0, cut), text.slice(cut)].map((part) =>
          decodeAll(csv, bytesOf(part)),
        );
        expect({
          rows: [...first!.rows, ...second!.rows],
          malformed: first!.malformed + second!.malformed,
        }).toEqual(decodeAll(csv, bytesOf(text)));
      }),
    );
  });

  it("reads nothing outside its range", () => {
    fc.assert(
      fc.property(dirtyCsvArbitrary, fc.constantFrom("9", "5\n", "2,0,1,7,5,5\n", "\r\n"), (text, around) => {
        const before = bytesOf(`${around}\n`);
        const inside = bytesOf(text);
        const bytes = Buffer.concat([before, inside, bytesOf(around)]);
        expect(decodeRange(csv, bytes, before.length, before.length + inside.length)).toEqual(
          decodeAll(csv, inside),
        );
      }),
    );
  });

  it("accepts a message of one row without LF", () => {
    fc.assert(
      fc.property(
        rowArbitrary.chain((row) => fc.tuple(fc.constant(row), lineSpelling(row))),
        ([row, line]) => {
          const expected = { rows: [{ ...row, tdc: row.tdc + 0 }], malformed: 0 };
          expect(decodeAll(decoderOf("rows"), bytesOf(line))).toEqual(expected);
        },
      ),
    );
  });

  it.each([
    ["2,0,1,4294967295,5,5", 4294967295],
    ["2,0,1,4294967296,5,5", null],
    ["2,0,1,04294967295,5,5", 4294967295],
    ["2,0,1,9999999999,5,5", null],
    ["2,0,1,999999999,5,5", 999999999],
    ["2,0,1,1000000000,5,5", 1000000000],
  ])("reads the orbit of %s", (line, orbit) => {
    const { rows, malformed } = decodeAll(csv, bytesOf(`${line}\n`));
    expect([rows[0]?.orbit ?? null, malformed]).toEqual([orbit, orbit === null ? 1 : 0]);
  });

  it("reads batches of any number of rows, with the lines between them", () => {
    const text = Array.from({ length: 10_000 }, (_, i) => (i % 4096 === 0 ? "x" : `2,0,1,${i},5,5`)).join(
      "\n",
    );
    const { rows, malformed } = decodeAll(csv, bytesOf(text));
    expect(rows.map(({ orbit }) => orbit)).toEqual([...Array(10_000).keys()].filter((i) => i % 4096 !== 0));
    expect(malformed).toBe(3);
  });
});
