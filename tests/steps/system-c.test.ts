/** The output in the format of the earlier system C, compared with an independent slow count. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  binAt,
  defaultDetector,
  defaultSystemCBins,
  leftEdgesOf,
  type SystemCBins,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import { processFile } from "../helpers/process-file.js";
import { scratchFolder } from "../helpers/scratch.js";
import { rowArbitrary } from "../reference/arbitraries.js";
import { withoutEmittedMs } from "../reference/compare.js";
import { decodeFile } from "../reference/decode.js";
import { encodeCsv } from "../reference/encode.js";
import { detectorWindowOf } from "../reference/place.js";
import type { Row } from "../reference/row.js";
import { systemCOf, usualBins, type ReferenceBins } from "../reference/system-c.js";
import { validateLine } from "../reference/validate-message.js";

const scratch = scratchFolder();
const examples = new URL("../golden/examples/", import.meta.url);

function withBins(bins: SystemCBins): typeof defaultDetector {
  return { ...defaultDetector, systemC: bins };
}

/** The reference's results for the windows of these rows. */
function expected(rows: Row[], windowSeconds: number, bins: ReferenceBins): unknown[] {
  const ids = [...new Set(rows.map((row) => detectorWindowOf(row, windowSeconds * 1000)))].sort(
    (a, b) => a - b,
  );
  return ids.map((id) => {
    const held = rows.filter((row) => detectorWindowOf(row, windowSeconds * 1000) === id);
    return systemCOf(held, id * windowSeconds * 1000, bins);
  });
}

const systemCIn = (messages: WindowMessage[]): unknown[] => messages.map(({ system_c: result }) => result);

describe("the output for system C", () => {
  it("is correct for a window calculated by hand", async () => {
    const text = [
      "2,0,3,600000,14,0",
      "2,0,3,600000,15,0",
      "2,0,4,600000,15,0",
      "2,0,70,1100000,9,0",
      "2,1,128,600000,10,0",
    ];
    writeFileSync(join(scratch.path, "hand.csv"), text.join("\n"));
    const { messages } = await processFile(join(scratch.path, "hand.csv"), {
      windowSeconds: 60,
      detector: withBins(defaultSystemCBins),
    });
    const [first, second] = messages.map(({ system_c: result }) => result!);
    // Orbit 600000 is at 53.46 s, orbit 1100000 at 98.01 s.
    expect([first!.Index, second!.Index]).toEqual([0, 60]);
    expect(first!["Total Count"]).toBe(3);
    const { Chamber_1: one } = first!;
    expect(one.Count).toBe(3);
    expect(one.Hist_1.Bins).toEqual(Array.from({ length: 34 }, (_, i) => 5 * i));
    expect(one.Hist_1.Counts.slice(0, 2)).toEqual([3, 0]);
    expect(one.Hist_2.Bins.slice(0, 2)).toEqual([600_000, 1_100_000]);
    expect(one.Hist_2.Bins.at(-1)).toBe(9_600_000);
    // Two distinct channels in one orbit.
    expect(one.Hist_2.Counts[0]).toBe(2);
    expect(one.Hist_3).toEqual(one.Hist_1);
    // 100 ns, 125 ns and 125 ns after the scintillator, plus 93.9 ns.
    expect(one.Hist_4.Counts.map((count, i) => [i * 10, count]).filter(([, count]) => count! > 0)).toEqual([
      [190, 1],
      [210, 2],
    ]);
    expect(second!.Chamber_2!.Hist_1.Counts[14]).toBe(1);
    expect(second!.Chamber_2!.Hist_2.Counts[1]).toBe(1);
    expect(second!.Chamber_2!.Hist_3.Counts.every((count) => count === 0)).toBe(true);
  });

  it.each(["few-rows.txt", "sample-hostile.csv", "sample-large.csv"])("is correct for %s", async (name) => {
    const path = new URL(name, examples).pathname;
    const plain = await processFile(path);
    const { messages, lines } = await processFile(path, {
      orbitShards: 3,
      detector: withBins(defaultSystemCBins),
    });
    for (const line of lines) expect(validateLine(line)).toEqual([]);
    // Nothing else in the message changes.
    const others = lines.map((line) => withoutEmittedMs(line).replace(/,"system_c":.*\}\}$/, "}"));
    expect(others.map((line) => JSON.parse(line) as unknown)).toEqual(
      plain.lines.map((line) => JSON.parse(withoutEmittedMs(line)) as unknown),
    );
    const { rows } = decodeFile(readFileSync(path), "csv");
    // The slow count scans all rows for each hit, so the largest example would take minutes.
    if (rows.length < 5000) expect(systemCIn(messages)).toEqual(expected(rows, 5, usualBins));
    for (const { system_c: result, drift_time_chamber: drift, hit_count_chamber: hits } of messages) {
      expect(result!.Chamber_3!.Hist_4.Counts).toEqual(drift["2"].hist_counts);
      expect(result!.Chamber_4!.Count).toBe(hits[3]);
    }
  });

  it("equals the slow count for any rows, bins, bundles and shards", async () => {
    const orbit = fc.constantFrom(599_999, 600_000, 1_099_999, 1_100_000, 9_999_999, 10_000_000, 3387200905);
    const rows = fc.array(
      fc.tuple(rowArbitrary, orbit).map(([row, at]) => ({ ...row, orbit: at })),
      { maxLength: 60 },
    );
    const bins = fc.constantFrom<ReferenceBins>(usualBins, {
      channels: [10, 100, 7],
      orbits: [0, 10_000_000, 999_999],
      drift: [-50, 333, 25],
    });
    await fc.assert(
      fc.asyncProperty(
        rows,
        bins,
        fc.constantFrom(1, 5),
        fc.constantFrom(16, 100_000),
        async (all, used, orbitShards, bundleBytes) => {
          const path = scratch.write("any.csv", encodeCsv(all));
          const axis = ([lower, upper, step]: [number, number, number]) => ({ lower, upper, step });
          const detector = withBins({
            channels: axis(used.channels),
            orbits: axis(used.orbits),
            driftTimeNs: axis(used.drift),
          });
          const { messages } = await processFile(path, {
            windowSeconds: 60,
            orbitShards,
            bundleBytes,
            detector,
          });
          expect(systemCIn(messages)).toEqual(expected(all, 60, used));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("bins by steps", () => {
  it("end at the upper limit, and values outside are in no bin", () => {
    const axis = { lower: 10, upper: 25, step: 10 };
    expect(leftEdgesOf(axis)).toEqual([10, 20]);
    expect([9.9, 10, 19.9, 20, 24.9, 25, -Infinity, Infinity].map((x) => binAt(axis, x))).toEqual([
      -1, 0, 0, 1, 1, -1, -1, -1,
    ]);
  });
});
