/** Splitting, order, sharding and read sizes never change a message. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FormatError } from "../../pipeline/model/index.js";
import {
  bytesInMemory,
  defaultPipelineConfig,
  PartialCursor,
  readPartialHeader,
  type PipelineConfig,
} from "../../pipeline/steps/index.js";
import { garbageLine, rowArbitrary, shuffled, split } from "../reference/arbitraries.js";
import { expectSame, knownPart } from "../reference/compare.js";
import { encodeCsv } from "../reference/encode.js";
import type { Row } from "../reference/row.js";
import { runFiles } from "../reference/run.js";
import { accumulate, messagesOf } from "./run-steps.js";

const detectorConfig: PipelineConfig = { ...defaultPipelineConfig, time: "detector", format: "csv" };
const expectedOf = (rows: readonly Row[]): unknown =>
  runFiles([{ bytes: encodeCsv(rows), format: "csv" }]).messages.map(knownPart);

/** Rows of few orbits, each of them shared by several rows. */
const crowdedRow = fc
  .tuple(rowArbitrary, fc.integer({ min: 500, max: 520 }))
  .map(([row, orbit]) => ({ ...row, orbit }));
const rowsInParts = fc
  .array(fc.oneof(rowArbitrary, crowdedRow), { maxLength: 150 })
  .chain((rows) => fc.tuple(fc.constant(rows), shuffled(rows).chain(split)));
const blockBytes = fc.oneof(fc.integer({ min: 1, max: 128 }), fc.constant(65_536));

describe("partial results", () => {
  it("of any bundles, in any order and shards, read in blocks of any size, give the reference's message", () => {
    fc.assert(
      fc.property(
        rowsInParts,
        fc.integer({ min: 1, max: 9 }),
        blockBytes,
        ([rows, parts], orbitShards, block) => {
          const config = { ...detectorConfig, orbitShards };
          const partials = parts.flatMap((part) => accumulate(config, [encodeCsv(part)]));
          for (const order of [partials, partials.toReversed()]) {
            expectSame(messagesOf(config, order, block).map(knownPart), expectedOf(rows));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("are read correctly from Node's Buffers, which are slices of a message", () => {
    fc.assert(
      fc.property(fc.array(crowdedRow, { minLength: 1, maxLength: 60 }), blockBytes, (rows, block) => {
        const partials = accumulate(detectorConfig, [encodeCsv(rows)]).map((partial) => ({
          ...partial,
          bytes: Buffer.concat([Buffer.alloc(13, 0xa5), partial.bytes]).subarray(13),
        }));
        expectSame(messagesOf(detectorConfig, partials, block).map(knownPart), expectedOf(rows));
      }),
    );
  });

  it("have the ledger of their rows in their headers", () => {
    fc.assert(
      fc.property(
        fc.array(rowArbitrary),
        fc.array(garbageLine),
        fc.integer({ min: 1, max: 5 }),
        (rows, garbage, orbitShards) => {
          const text = Buffer.concat([encodeCsv(rows), Buffer.from(garbage.join("\n"))]);
          const headers = accumulate({ ...detectorConfig, orbitShards }, [text]).map(({ bytes }) =>
            readPartialHeader(bytes),
          );
          const sum = (key: "rows" | "malformed" | "hits"): number =>
            headers.reduce((total, { ledger }) => total + ledger[key], 0);
          const expected = runFiles([{ bytes: text, format: "csv" }]).summary;
          expect([sum("rows"), sum("malformed"), sum("hits")]).toEqual([
            expected.rows,
            expected.malformed,
            expected.hits,
          ]);
          expect(headers.reduce((total, { messages }) => total + messages, 0)).toBe(1);
        },
      ),
    );
  });

  it("that are truncated anywhere give an error, never a wrong count", () => {
    const rows = Array.from({ length: 40 }, (_, i) => {
      return { head: 2, fpga: 0, channel: i, orbit: i >> 2, bx: 70_000, tdc: i / 2 };
    });
    const partial = accumulate(detectorConfig, [encodeCsv(rows)])[0]!;
    for (let length = 0; length < partial.bytes.length; length += 1) {
      const cut = { ...partial, bytes: partial.bytes.slice(0, length) };
      expect(() => messagesOf(detectorConfig, [cut], 64)).toThrow(FormatError);
    }
  });

  it("of another format version are refused", () => {
    expect(() => new PartialCursor(bytesInMemory(Uint8Array.of(2, 0, 0)))).toThrow(FormatError);
  });
});
