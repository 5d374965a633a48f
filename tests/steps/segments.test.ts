/** The segment finder and its keys, compared with the independent slow reference, on rows with muons. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultDetector, type WindowMessage } from "../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import { muonRowsArbitrary, rowAt, rowsOfTrack } from "../helpers/tracks.js";
import { shuffled, split } from "../reference/arbitraries.js";
import { expectSame, knownPart } from "../reference/compare.js";
import { encodeCsv } from "../reference/encode.js";
import { muonKeysOf, type OffsetOf } from "../reference/muon-keys.js";
import type { Row } from "../reference/row.js";
import { runFiles } from "../reference/run.js";
import { validateLine } from "../reference/validate-message.js";
import { accumulate, messagesOf } from "./run-steps.js";

const config: PipelineConfig = { ...defaultPipelineConfig, time: "detector", format: "csv" };

function windowOf(rows: readonly Row[]): WindowMessage {
  const [message] = messagesOf(config, accumulate(config, [encodeCsv(rows)]), 65_536);
  return message!;
}

const exact = [0, 0, 0, 0];

describe("segments", () => {
  it("are those of the slow reference for any order, bundles and shards", () => {
    fc.assert(
      fc.property(
        muonRowsArbitrary.chain((rows) => fc.tuple(fc.constant(rows), shuffled(rows).chain(split))),
        fc.integer({ min: 1, max: 3 }),
        fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constant(65_536)),
        ([rows, parts], orbitShards, blockBytes) => {
          const sharded = { ...config, orbitShards };
          const partials = parts.flatMap((part) => accumulate(sharded, [encodeCsv(part)]));
          const messages = messagesOf(sharded, partials, blockBytes);
          const expected = runFiles([{ bytes: encodeCsv(rows), format: "csv" }]).messages;
          expectSame(messages.map(knownPart), expected.map(knownPart));
          for (const message of messages) expect(validateLine(JSON.stringify(message))).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("are those of the slow reference with offsets of layers and cells, which do not change older keys", () => {
    const layers = [3.25, -7.5, 0, 11];
    const cellOffset = (cell: number): number => (cell % 3 === 0 ? 0 : (cell % 7) - 2.5);
    const cellOffsetsNs = Object.fromEntries(
      Array.from({ length: 64 }, (_, cell) => [cell, cellOffset(cell)]).filter(([, ns]) => ns !== 0),
    ) as Record<number, number>;
    const chambers = defaultDetector.chambers.map((chamber, i) =>
      i === 1 ? chamber : { ...chamber, layerOffsetsNs: layers, ...(i === 2 ? { cellOffsetsNs } : {}) },
    );
    const shifted = { ...config, detector: { ...defaultDetector, chambers } };
    const offsetOf: OffsetOf = (chamber, layer, cell) =>
      chamber === 1 ? 0 : layers[layer - 1]! + (chamber === 2 ? cellOffset(cell) : 0);
    fc.assert(
      fc.property(muonRowsArbitrary, (rows) => {
        const messages = messagesOf(shifted, accumulate(shifted, [encodeCsv(rows)]), 65_536);
        const [plain] = messagesOf(config, accumulate(config, [encodeCsv(rows)]), 65_536);
        for (const message of messages) {
          const expected = { ...plain!, ...muonKeysOf(rows, undefined, offsetOf) };
          expectSame(knownPart(message), knownPart(expected));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("reproduce a track of four hits", () => {
    const track = { chamber: 2, orbit: 9, t0: 5000, x: 38.25, tan: 0.3, errors: exact };
    const message = windowOf(rowsOfTrack(track));
    expect(message.segment_chamber!["2"]).toMatchObject({ count: 1, four_hit: 1, hits_used: 4 });
    const [muon] = message.muons!;
    expect(muon).toMatchObject({ orbit: 9, chamber: 2, timing_ns: null });
    expect(Math.abs(muon!.x_mm - 38.25)).toBeLessThan(0.05);
    expect(Math.abs(muon!.tan - 0.3)).toBeLessThan(0.003);
    expect(Math.abs(muon!.t0_ns - 5000)).toBeLessThan(1);
  });

  it("do not include hits with a BX above 3563 or a TDC outside 0..32, which are noise", () => {
    const rows = rowsOfTrack({ chamber: 0, orbit: 9, t0: 500, x: 5, tan: 0.1, errors: exact });
    const late = rows.map((row) => ({ ...row, bx: row.bx + 3564 }));
    expect(windowOf(late).segment_chamber!["0"]!.count).toBe(0);
    expect(windowOf(late).noise_chamber!["0"]!.hits).toBe(4);
    expect(windowOf(late).read_out!["0"]!.bx_out).toBe(4);
    const outOfRange = rows.map((row) => ({ ...row, bx: row.bx - 2, tdc: row.tdc + 60 }));
    expect(windowOf(outOfRange).segment_chamber!["0"]!.count).toBe(0);
  });

  it("are not searched for in a shower", () => {
    const hot = Array.from({ length: 25 }, (_, i) => rowAt(1, 0, 9, 1000 + 100 * i));
    const track = rowsOfTrack({ chamber: 1, orbit: 9, t0: 2000, x: 5, tan: 0.1, errors: exact });
    const message = windowOf([...hot, ...track]);
    expect(message.segment_chamber!["1"]).toMatchObject({ count: 0, showers: 1, hits_used: 0 });
    expect(message.noise_chamber!["1"]).toMatchObject({ hits: 0, repeats: 24 });
  });

  it("are counted in an orbit with the maximum number of hits, cells and groups", () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => rowAt(i % 4, (i * 7) % 64, 9, (i * 131) % 89_000));
    const { segment_chamber, noise_chamber, hit_count } = windowOf(rows);
    const showers = Object.values(segment_chamber!).reduce((sum, chamber) => sum + chamber.showers, 0);
    expect(showers).toBeGreaterThan(0);
    const others = Object.values(noise_chamber!).reduce((sum, chamber) => sum + chamber.hits, 0);
    expect(others).toBeLessThan(hit_count);
  });
});
