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
  /** FPGAs of the detector and of the windows, ascending; none if the windows have no counts per FPGA. */
  fpgas: ComputedRef<string[]>;
  /** Total length of the windows, s. */
  seconds: ComputedRef<number>;
  /** Appearance of the muon plots. */
  lookWith: (look: Look, chamber: number | null) => MuonLook;
}

export function useMuons(): Muons {
  const { picture, detector } = useMonitor();
  const running = new RunningSum();
  const counts = computed(() => running.of(picture.value?.parts ?? []));
  const chambers = computed(() => Object.keys(counts.value?.segment_chamber ?? {}).map(Number));
  // A silent FPGA is shown too: its empty plots are what an alarm points at.
  const ofDetector = computed(() => detector.value?.chambers.flatMap(({ fpgas: cells }) => cells) ?? []);
  const fpgas = computed(() => fpgasShown(counts.value?.read_out, ofDetector.value));
  const seconds = computed(() => (picture.value?.durationMs ?? 0) / 1000);
  return { counts, chambers, fpgas, seconds, lookWith: muonLook };
}

export function fpgasShown(
  readOut: Readonly<Record<string, unknown>> | undefined,
  ofDetector: readonly number[],
): string[] {
  if (readOut === undefined) return [];
  const all = new Set([...Object.keys(readOut).map(Number), ...ofDetector]);
  return [...all].sort((a, b) => a - b).map(String);
}

/** Appearance of a plot, with the muon counts of the references. */
export function muonLook(look: Look, chamber: number | null): MuonLook {
  const expected = (look.references ?? []).flatMap(({ name, picture: { parts }, scale }) =>
    parts[0] === undefined ? [] : [{ name, counts: parts[0], scale }],
  );
  return { ...look, chamber, expected };
}
