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
export interface ShardKey {
  windowStartMs: number;
  shard: number;
}

export function encodeShardKey({ windowStartMs, shard }: ShardKey): string {
  return `${windowStartMs}/${shard}`;
}

/** The inverse of {@link encodeShardKey}. */
export function decodeShardKey(key: string): ShardKey {
  const [windowStartMs, shard] = key.split("/").map(Number) as [number, number];
  return { windowStartMs, shard };
}
