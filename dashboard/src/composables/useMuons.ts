/** The muon counts of the data shown, and of references: summed only while visible. */
import { computed, type ComputedRef } from "vue";
import type { MuonCounts } from "../../../pipeline/model/index.js";
import type { MuonLook } from "../charts/muons.js";
import type { Look } from "../charts/spec.js";
import { RunningSum } from "../live/muon-sums.js";
import { useMonitor } from "./useMonitor.js";

export interface Muons {
  /** Null if the windows have no muon counts. */
  counts: ComputedRef<MuonCounts | null>;
  /** Chambers of the windows, ascending. */
  chambers: ComputedRef<number[]>;
  fpgas: ComputedRef<string[]>;
  /** Total length of the windows, s. */
  seconds: ComputedRef<number>;
  /** Appearance of the muon plots. */
  lookWith: (look: Look, chamber: number | null) => MuonLook;
}

export function useMuons(): Muons {
  const { picture } = useMonitor();
  const running = new RunningSum();
  const counts = computed(() => running.of(picture.value?.parts ?? []));
  const chambers = computed(() => Object.keys(counts.value?.segment_chamber ?? {}).map(Number));
  const fpgas = computed(() => Object.keys(counts.value?.read_out ?? {}));
  const seconds = computed(() => (picture.value?.durationMs ?? 0) / 1000);
  return { counts, chambers, fpgas, seconds, lookWith: muonLook };
}

/** Appearance of a plot, with the muon counts of the references. */
export function muonLook(look: Look, chamber: number | null): MuonLook {
  const expected = (look.references ?? []).flatMap(({ name, picture: { parts }, scale }) =>
    parts[0] === undefined ? [] : [{ name, counts: parts[0], scale }],
  );
  return { ...look, chamber, expected };
}
