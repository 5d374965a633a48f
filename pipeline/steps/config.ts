/** Configuration of the pipeline: plain data that is serialised unchanged to workers. */
import { defaultDetector, defaultWindowSeconds, type DetectorConfig, type TimeKind } from "../model/index.js";
import type { ByteFormat } from "./decode.js";

export interface PipelineConfig {
  detector: DetectorConfig;
  windowMs: number;
  time: TimeKind;
  format: ByteFormat;
  /** Number of keys over which the orbits of a window are spread before merging; does not affect results. */
  orbitShards: number;
  /** Whether messages contain the keys for segments, timing, read-out and trigger words. */
  muons: boolean;
  /** Folder in which the driver of a bounded run collects all segments; absent when not requested. */
  segmentsFolder?: string;
  /** Run of rows without a run number; absent when unknown. */
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

/** Number of consecutive orbits in the same shard, so that ranges of orbits stay together. */
const orbitsPerShardBlock = 256;

export function shardOfOrbit(orbit: number, orbitShards: number): number {
  return Math.floor(orbit / orbitsPerShardBlock) % orbitShards;
}

/** Window start of rows without a window: malformed rows in detector time have no time. */
export const noWindowStartMs = -1;

/** Key of a partial result. */
export interface ShardKey extends WindowKey {
  shard: number;
}

/** Identifies a window of a stream or of a bounded run. */
export interface WindowKey {
  windowStartMs: number;
  /** Run in detector time, null when unknown; always null in arrival time, which is unique across runs. */
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

/** The window start only, when there is no run. */
export function encodeWindowKey({ windowStartMs, run }: WindowKey): string {
  return `${windowStartMs}${run === null ? "" : `/${run}`}`;
}

/** The inverse of {@link encodeWindowKey}. */
export function decodeWindowKey(key: string): WindowKey {
  const [windowStartMs, run = null] = key.split("/").map(Number) as [number, number?];
  return { windowStartMs, run };
}

/** By run, windows without a run first, then by window. */
export function compareWindows(a: WindowKey, b: WindowKey): number {
  return (a.run ?? -1) - (b.run ?? -1) || a.windowStartMs - b.windowStartMs;
}
