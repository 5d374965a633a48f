/** What the pipeline must know to make windows; plain data, so that it travels to workers as it is. */
import { defaultDetector, defaultWindowSeconds, type DetectorConfig, type TimeKind } from "../model/index.js";
import type { ByteFormat } from "./decode.js";

export interface PipelineConfig {
  detector: DetectorConfig;
  windowMs: number;
  time: TimeKind;
  format: ByteFormat;
  /** Into how many keys the orbits of a window are spread before they are merged; never changes a result. */
  orbitShards: number;
  /** Whether messages have the keys of segments, timing, read-out and trigger words. */
  muons: boolean;
  /** Where every segment is kept for the driver of a bounded run; absent where nobody asked for them. */
  segmentsFolder?: string;
  /** Run of the rows that name none; absent where it is not known. */
  run?: number;
}

export const defaultPipelineConfig: PipelineConfig = {
  detector: defaultDetector,
  windowMs: defaultWindowSeconds * 1000,
  time: "arrival",
  format: "rows",
  orbitShards: 1,
  muons: true,
};

/** Orbits in a row that go to the same shard, so that ranges of orbits stay together. */
const orbitsPerShardBlock = 256;

export function shardOfOrbit(orbit: number, orbitShards: number): number {
  return Math.floor(orbit / orbitsPerShardBlock) % orbitShards;
}

/** Window start of what belongs to no window: malformed rows in detector time have no time. */
export const noWindowStartMs = -1;

/** Where a partial result belongs. */
export interface ShardKey extends WindowKey {
  shard: number;
}

/** Tells the windows of a stream or of a bounded run apart. */
export interface WindowKey {
  windowStartMs: number;
  /** In detector time the run, null where it is not known; always null in arrival time, which no run repeats. */
  run: number | null;
}

export function encodeShardKey({ windowStartMs, shard, run }: ShardKey): string {
  return `${windowStartMs}/${shard}${run === null ? "" : `/${run}`}`;
}

/** The inverse of {@link encodeShardKey}. */
export function decodeShardKey(key: string): ShardKey {
  const [windowStartMs, shard, run = null] = key.split("/").map(Number) as [number, number, number?];
  return { windowStartMs, shard, run };
}

/** The window start alone without a run. */
export function encodeWindowKey({ windowStartMs, run }: WindowKey): string {
  return `${windowStartMs}${run === null ? "" : `/${run}`}`;
}

/** The inverse of {@link encodeWindowKey}. */
export function decodeWindowKey(key: string): WindowKey {
  const [windowStartMs, run = null] = key.split("/").map(Number) as [number, number?];
  return { windowStartMs, run };
}

/** By run, those without one first, then by window. */
export function compareWindows(a: WindowKey, b: WindowKey): number {
  return (a.run ?? -1) - (b.run ?? -1) || a.windowStartMs - b.windowStartMs;
}
