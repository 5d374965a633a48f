/** Answers calculated by hand, so the golden files do not depend on the reference alone. */
import { describe, expect, it } from "vitest";
import { ledgerWith } from "../reference/plain-ledger.js";
import type { ReferenceMessage } from "../reference/summarise.js";
import { expectedMessages, expectedSummary, muonsFolder, pairOf, validFolder } from "./pairs.js";

const windowsOf = (name: string): ReferenceMessage[] => expectedMessages(pairOf(validFolder, name));
const ledgerOf = (name: string): unknown => expectedSummary(pairOf(validFolder, name));
const first = (name: string): ReferenceMessage => windowsOf(name)[0] as ReferenceMessage;

/** [lower edge, count] of the non-empty bins. */
function filled({
  bin_edges,
  hist_counts,
}: {
  bin_edges: number[];
  hist_counts: number[];
}): [number, number][] {
  return hist_counts.flatMap((count, i): [number, number][] =>
    count > 0 ? [[bin_edges[i] ?? NaN, count]] : [],
  );
}

describe("drift times by hand", () => {
  it("at exact bin edges (0, 100 and 1000 ns) are in the upper bin", () => {
    // BX -4, 0 and 36 relative to the scintillator; TDC 7.31, 7.32, 7.33 give -0.008, 0 and 0.008 ns relative to the edge.
    const { hist_counts, bin_edges, underflow, overflow } = first("drift-edges.csv").drift_time_chamber["0"];
    expect(filled({ hist_counts, bin_edges })).toEqual([
      [0, 2],
      [90, 1],
      [100, 2],
      [990, 1],
    ]);
    expect([underflow, overflow]).toEqual([1, 2]);
  });

  it("start at the earliest scintillator row of the orbit, which may be before or after the hits", () => {
    // Orbit 10: 0 + 93.9, twice. 11: 25 (5 - 29/30) + 93.9 = 194.7. 12 (ties, start 4, 60): 25 (6 - 53/30) + 93.9
    // = 199.7. 15 (start 10, -600): 25 (-10 + 20) + 93.9 = 343.9. Orbit 13 has no scintillator, 14 no hit.
    const message = first("scintillator-order.csv");
    expect(filled(message.drift_time_chamber["0"])).toEqual([
      [90, 2],
      [190, 2],
      [340, 1],
    ]);
    expect([message.orbit_count, message.scint_orbit_count]).toEqual([5, 4]);
    expect(filled(message.scint_tdc_counts_chamber["0"]).map(([channel]) => channel)).toEqual([
      1, 2, 3, 4, 6,
    ]);
  });

  it("start at the lower BX, then the lower TDC, of equally early scintillator rows", () => {
    // Orbit 40: 25 x 10 + 93.9 = 343.9. Orbit 41: 25 x 7.32 / 30 + 93.9 = 100, an edge.
    expect(filled(first("scintillator-ties.csv").drift_time_chamber["0"])).toEqual([
      [100, 1],
      [340, 1],
    ]);
  });

  it("are defined for any finite TDC_MEAS and any 32-bit BX_COUNTER", () => {
    const drift = first("tdc-extremes.csv").drift_time_chamber;
    expect(filled(drift["0"])).toEqual([
      [90, 1],
      [120, 1],
    ]);
    expect([drift["0"].underflow, drift["0"].overflow]).toEqual([1, 2]);
    expect([drift["3"].underflow, drift["3"].overflow]).toEqual([1, 1]);
    expect([filled(drift["2"]), drift["2"].underflow]).toEqual([[[90, 1]], 1]);
  });
});

describe("windows by hand", () => {
  it("with number 1 begin at orbit 56117 (5000.02 ms) and end at orbit 112233 (9999.96 ms)", () => {
    const windows = windowsOf("window-borders.csv");
    expect(windows.map((window) => window.msg_ID)).toEqual([0, 1, 2, 5, 7, 8, 76536]);
    expect(windows.map((window) => [window.orbit_first, window.orbit_last]).slice(0, 3)).toEqual([
      [0, 56116],
      [56117, 112233],
      [112234, 112234],
    ]);
  });

  it("exist for rows that are not hits, but not for malformed rows", () => {
    const [rejected, unmapped, scintillator] = windowsOf("window-borders.csv").slice(3, 6);
    expect(rejected?.ledger).toEqual(ledgerWith({ head_rejected: 1 }));
    expect(unmapped?.ledger).toEqual(ledgerWith({ unmapped: 1 }));
    expect(scintillator?.ledger).toEqual(ledgerWith({ scintillator: 1 }));
    expect(ledgerOf("window-borders.csv")).toEqual(
      ledgerWith({ malformed: 1, head_rejected: 1, unmapped: 1, scintillator: 1, hits: 6 }),
    );
  });
});

describe("orbits by hand", () => {
  it("are grouped only above 2000 entries, by the smallest sufficient power of two", () => {
    const active = first("orbits-grouped.csv.gz").active_tdc_chamber;
    expect([active["0"].orbits_per_bin, active["0"].bin_edges.length]).toEqual([1, 2000]);
    expect([active["1"].orbits_per_bin, active["1"].bin_edges.length]).toEqual([2, 1001]);
    expect([active["2"].orbits_per_bin, active["2"].bin_edges.length]).toEqual([2, 2000]);
    expect([active["3"].orbits_per_bin, active["3"].bin_edges.length]).toEqual([4, 1001]);
  });

  it("in a group have their numbers of distinct channels added", () => {
    // Chamber 1: channel 65 in 1001..3001, channel 66 twice in every even orbit 1002..2000.
    const { bin_edges, hist_counts } = first("orbits-grouped.csv.gz").active_tdc_chamber["1"];
    expect([bin_edges[0], hist_counts[0]]).toEqual([1000, 1]);
    expect([bin_edges[1], hist_counts[1]]).toEqual([1002, 3]);
    expect([bin_edges.at(-1), hist_counts.at(-1)]).toEqual([3000, 2]);
  });

  it("beyond 31 bits are grouped correctly", () => {
    const active = first("orbits-sparse.csv.gz").active_tdc_chamber;
    expect([active["0"].orbits_per_bin, active["1"].orbits_per_bin, active["2"].orbits_per_bin]).toEqual([
      32, 16, 1,
    ]);
    expect(active["0"].bin_edges[0]).toBe(4294900000);
  });
});

describe("rows by hand", () => {
  it("are all counted if they are duplicates, but a channel counts once per orbit", () => {
    const message = first("duplicates.csv");
    expect(message.ledger).toEqual(ledgerWith({ head_rejected: 2, scintillator: 2, hits: 5 }));
    expect(message.active_tdc_chamber["0"].hist_counts).toEqual([2]);
    expect(message.active_tdc_multiplicity_chamber["0"].indexOf(1)).toBe(2);
  });

  it("may have numbers in any notation, which are read as the nearest double", () => {
    expect(windowsOf("spellings.csv").map((message) => message.orbit_last)).toEqual([
      0, 3387200950, 4294967295,
    ]);
    expect(ledgerOf("spellings.csv")).toEqual(ledgerWith({ hits: 8 }));
    expect(ledgerOf("not-numbers.csv")).toEqual(ledgerWith({ malformed: 26 }));
  });

  it.each([
    ["headers-anywhere.csv", ledgerWith({ malformed: 4, hits: 2 })],
    ["line-ends.csv", ledgerWith({ hits: 4 })],
    ["byte-order-mark.csv", ledgerWith({ malformed: 1, hits: 2 })],
    // 4294967295 in each column: one HEAD rejected, two unmapped, three hits; above it, all columns but TDC are malformed.
    ["out-of-range.csv", ledgerWith({ malformed: 25, head_rejected: 1, unmapped: 2, hits: 9 })],
    ["field-counts.csv", ledgerWith({ malformed: 11, hits: 1 })],
    ["foreign-bytes.csv", ledgerWith({ malformed: 24, hits: 1 })],
    ["channels.csv", ledgerWith({ unmapped: 6, scintillator: 1, hits: 8 })],
    ["heads.csv", ledgerWith({ head_rejected: 7, hits: 2 })],
    ["json-spellings.jsonl", ledgerWith({ head_rejected: 1, hits: 9 })],
    ["json-lines-arrays.jsonl", ledgerWith({ malformed: 3, hits: 4 })],
    ["json-array-cut.json", ledgerWith({ malformed: 1, hits: 2 })],
    ["words.dat", ledgerWith({ head_rejected: 2, unmapped: 1, scintillator: 1, hits: 4 })],
    ["words-cut.dat", ledgerWith({ malformed: 1, hits: 2 })],
  ])("%s", (name, ledger) => {
    expect(ledgerOf(name)).toEqual(ledger);
  });
});

describe("segments by hand", () => {
  const [tracks] = expectedMessages(pairOf(muonsFolder, "tracks.csv"));

  it("do not contain hits of a shower of 26 hits, out-of-range values and repeats within 600 ns, which are counted", () => {
    // Chamber 0: a track twice, BX 4095 and TDC 32.5. Chamber 1: hits at 100, 690 and 1300 ns in one cell.
    const noise = Object.values(tracks!.noise_chamber!);
    expect(noise.map(({ hits, repeats }) => [hits, repeats])).toEqual([
      [2, 4],
      [3, 1],
      [0, 0],
      [0, 0],
    ]);
    expect(Object.values(tracks!.segment_chamber!).map(({ showers }) => showers)).toEqual([0, 0, 1, 0]);
  });

  it("contain every hit once: in a segment, an ambiguous segment or a shower, or as noise", () => {
    const used = Object.values(tracks!.segment_chamber!).reduce((sum, { hits_used }) => sum + hits_used, 0);
    const noise = Object.values(tracks!.noise_chamber!).reduce((sum, { hits }) => sum + hits, 0);
    expect(used + noise + 26).toBe(tracks!.hit_count);
  });

  it("predict hits on their lines: muons with four hits through chambers 0, 2 and 3, and through the plate", () => {
    // The muon with slope -0.3 misses chamber 3; both cross the plate, as does the unambiguous three-hit muon.
    const pairs = Object.entries(tracks!.chamber_pair!).map(([name, { expected, found }]) => [
      name,
      expected,
      found,
    ]);
    expect(pairs).toEqual([
      ...[
        ["0-2", 2, 2],
        ["0-3", 1, 1],
        ["2-0", 2, 2],
        ["2-3", 1, 1],
        ["3-0", 1, 1],
        ["3-2", 1, 1],
      ],
      ["0-2-3", 1, 1],
    ]);
    expect(tracks!.timing).toEqual({
      scintillator: { signals: 5, orbits: 4, repeated: 1, alone: 1, expected: 3, found: 3 },
      "fpga1-129": { signals: 1, orbits: 1, repeated: 0, alone: 0, expected: 3, found: 1 },
    });
  });

  it("are compared with one trigger candidate per FPGA; repeated and incomplete candidates are counted", () => {
    const words = Object.entries(tracks!.trigger_words!).map(([fpga, words]) => {
      const { candidates, incomplete, repeated, matched, layers } = words;
      return [fpga, candidates, incomplete, repeated, matched, layers[4]];
    });
    expect(words).toEqual([
      ["0", 3, 0, 1, 1, 3],
      ["1", 1, 0, 0, 1, 1],
      ["5", 1, 1, 0, 0, 1],
    ]);
    // (1, 138) twice and (1, 129) once.
    expect(tracks!.read_out!["1"]!.internal).toEqual({ "138": 2 });
    expect(tracks!.ledger.unmapped).toBe(3);
  });

  it("in a message are at most 24, of whole orbits; orbits with segments in two chambers have priority", () => {
    for (const { muons } of expectedMessages(pairOf(muonsFolder, "many-muons.csv.gz"))) {
      expect(muons).toHaveLength(24);
      const counts = [...new Set(muons!.map(({ orbit }) => orbit))].map(
        (orbit) => muons!.filter((muon) => muon.orbit === orbit).length,
      );
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
    }
  });
});
