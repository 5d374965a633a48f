/** Generators for property tests: rows, garbage, spellings, orders and messages. */
import fc, { type Arbitrary } from "fast-check";
import type { RawRecord } from "../../pipeline/model/record.js";
import { muonOrbitArbitrary } from "../helpers/tracks.js";
import { encodeCsv } from "./encode.js";
import type { Row } from "./row.js";

const counter = fc.nat({ max: 4294967295 });

/** Mapped read-out channels, and some unmapped ones. */
const place: Arbitrary<[fpga: number, channel: number]> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.nat({ max: 1 }), fc.nat({ max: 127 })) },
  { weight: 3, arbitrary: fc.constant<[number, number]>([1, 128]) },
  { weight: 1, arbitrary: fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 511 })) },
);

/** Typical orbits: close together, at borders of windows, at the ends of the counter's range, and anywhere. */
export const orbitArbitrary: Arbitrary<number> = fc
  .oneof(
    { weight: 6, arbitrary: fc.integer({ min: 3387200900, max: 3387200930 }) },
    { weight: 2, arbitrary: fc.nat({ max: 240 }).map((i) => Math.ceil((i * 1e9) / 89_100) - (i % 2)) },
    { weight: 1, arbitrary: fc.constantFrom(0, 2147483647, 2147483648, 4294967294, 4294967295) },
    { weight: 1, arbitrary: counter },
  )
  .map((orbit) => Math.max(0, orbit));

const head = fc.oneof({ weight: 9, arbitrary: fc.constant(2) }, { weight: 1, arbitrary: fc.nat({ max: 7 }) });

/** A word of the read-out board; also fits the 64 bits of a `.dat` file. */
export const wordArbitrary: Arbitrary<Row> = fc
  .tuple(head, place, orbitArbitrary, fc.nat({ max: 4095 }), fc.nat({ max: 31 }))
  .map(([head, [fpga, channel], orbit, bx, tdc]) => ({ head, fpga, channel, orbit, bx, tdc }));

const anyTdc = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -50, max: 900 }),
);

/** Any well-formed row, also with huge counters and with a negative, huge or fractional TDC_MEAS. */
export const rowArbitrary: Arbitrary<Row> = fc.oneof(
  { weight: 4, arbitrary: wordArbitrary },
  {
    weight: 1,
    arbitrary: fc
      .tuple(wordArbitrary, fc.oneof(counter, fc.nat({ max: 3563 })), anyTdc)
      .map(([word, bx, tdc]) => ({ ...word, bx, tdc: tdc + 0 })),
  },
);

/** Lines without LF, each of them one malformed CSV row. */
export const garbageLine: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "2,0,5",
    "a,b,c,d,e,f",
    "2,0,1,7,5,5,5",
    "2;0;1;7;5;5",
    "{}",
    "[1,2]",
    "\0",
    "HEADER",
    '"HEAD"',
  ),
  fc.constantFrom("2,0,1,4294967296,5,5", "2,0,1,-1,5,5", "2,0,1.5,7,5,5", "2,0,1,7,5,NaN", "2,0,1,7,5,0x5"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).map((text) => `x${text.replaceAll("\n", " ")}`),
);

/** Lines without data. */
export const skippedLine: Arbitrary<string> = fc.constantFrom(
  ...["", " ", "\t \t", "HEAD", " HEAD\t,x", "HEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS"],
);

/** The same integer in another notation. */
function integerSpelling(value: number): Arbitrary<string> {
  const text = String(value);
  const spellings = [text, `+${text}`, `00${text}`, `${text}.`, `${text}.000`, `${text}e0`, `${text}0E-1`];
  const shifted = `${text.slice(0, -1)}.${text.slice(-1)}e+1`;
  return padded(fc.constantFrom(...spellings, shifted, ...(value === 0 ? ["-0", "0e99"] : [])));
}

/** The same double in another notation. */
function doubleSpelling(value: number): Arbitrary<string> {
  const text = String(value);
  const signed = value > 0 ? [`+${text}`, `0${text}`] : [];
  return padded(fc.constantFrom(text, value.toExponential(), ...signed));
}

function padded(spelling: Arbitrary<string>): Arbitrary<string> {
  const space = fc.constantFrom("", "", " ", "\t", " \t");
  return fc.tuple(space, spelling, space).map((parts) => parts.join(""));
}

/** One row as a CSV line in any notation. */
export function lineSpelling(row: Row): Arbitrary<string> {
  const integers = [row.head, row.fpga, row.channel, row.orbit, row.bx].map(integerSpelling);
  return fc.tuple(...integers, doubleSpelling(row.tdc)).map((fields) => fields.join(","));
}

/** The members in another order. */
export function shuffled<T>(members: readonly T[]): Arbitrary<T[]> {
  return fc.shuffledSubarray([...members], { minLength: members.length });
}

/** The members in consecutive parts, some of them empty. */
export function split<T>(members: readonly T[]): Arbitrary<T[][]> {
  return fc.array(fc.nat({ max: members.length }), { maxLength: 8 }).map((cuts) => {
    const edges = [0, ...cuts.sort((a, b) => a - b), members.length];
    return edges.slice(1).map((edge, i) => members.slice(edges[i], edge));
  });
}

/** Lines that end with LF or CRLF; the last may have no ending. */
export function joinedLines(lines: readonly string[]): Arbitrary<string> {
  const ended = lines.map((line) => fc.constantFrom("\n", "\r\n").map((end) => line + end));
  return fc.tuple(fc.tuple(...ended), fc.boolean()).map(([ended, isOpen]) => {
    const text = ended.join("");
    return isOpen && lines.at(-1) !== "" ? text.replace(/\r?\n$/, "") : text;
  });
}

/** A CSV file of rows in any notation, with garbage, headers and blank lines between them. */
export const dirtyCsvArbitrary: Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: rowArbitrary.chain(lineSpelling) },
      { weight: 1, arbitrary: garbageLine },
      { weight: 1, arbitrary: skippedLine },
    ),
    { maxLength: 60 },
  )
  .chain(joinedLines);

/** Rows of any kind, and those of tracks, timing signals and trigger words of a few orbits. */
const recordRows = fc.oneof(
  { weight: 3, arbitrary: fc.array(rowArbitrary, { maxLength: 5 }) },
  { weight: 2, arbitrary: muonOrbitArbitrary },
);

/** Records of a few seconds from a Muonitor producer and a foreign one, and heartbeats. */
export const recordsArbitrary: Arbitrary<RawRecord[]> = fc.array(
  fc.record({
    key: fc.oneof(sequenceKey(), fc.constantFrom(null, Buffer.from("foreign"), Buffer.from("m1:a:1:0"))),
    value: recordRows.map(encodeCsv),
    timestampMs: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_012_000 }),
    partition: fc.nat({ max: 2 }),
  }),
  { maxLength: 40 },
);

function sequenceKey(): Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom("a", "b"), fc.constantFrom(9, 10), fc.nat({ max: 1 }), fc.nat({ max: 30 }))
    .map(([id, epoch, partition, sequence]) => Buffer.from(`m1:${id}:${epoch}:${partition}:${sequence}`));
}
