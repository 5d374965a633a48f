/** The muon counts of what is shown, and of the reference: summed only while somebody looks. */
import { computed, type ComputedRef } from "vue";
import type { MuonCounts } from "../../../pipeline/model/index.js";
import type { MuonLook } from "../charts/muons.js";
import type { Look } from "../charts/spec.js";
import { RunningSum } from "../live/muon-sums.js";
import { useMonitor } from "./useMonitor.js";

export interface Muons {
  /** Null where the windows have no such counts. */
  counts: ComputedRef<MuonCounts | null>;
  /** Chambers of the windows, ascending. */
  chambers: ComputedRef<number[]>;
  fpgas: ComputedRef<string[]>;
  /** Length of the windows together, s. */
  seconds: ComputedRef<number>;
  expected: ComputedRef<{ counts: MuonCounts | null; scale: number }>;
  /** How the plots of muons are looked at. */
  lookWith: (look: Look, chamber: number | null) => MuonLook;
}

export function useMuons(): Muons {
  const { picture, reference } = useMonitor();
  const running = new RunningSum();
  const counts = computed(() => running.of(picture.value?.parts ?? []));
  const chambers = computed(() => Object.keys(counts.value?.segment_chamber ?? {}).map(Number));
  const fpgas = computed(() => Object.keys(counts.value?.read_out ?? {}));
  const seconds = computed(() => (picture.value?.durationMs ?? 0) / 1000);
  const expected = computed(() => {
    const given = reference.value?.picture ?? null;
    const scale = given === null || given.durationMs <= 0 ? 1 : (1000 * seconds.value) / given.durationMs;
    return { counts: given?.parts[0] ?? null, scale };
  });
  const lookWith = (look: Look, chamber: number | null): MuonLook => ({
    ...look,
    chamber,
    expected: expected.value.counts,
    expectedScale: expected.value.scale,
  });
  return { counts, chambers, fpgas, seconds, expected, lookWith };
}
