/** The pure steps without Beam: bundles → partial results → shard results → messages. */
import { windowIdAt, windowOfId, type WindowMessage } from "../../pipeline/model/index.js";
import {
  BundleAccumulator,
  bytesInMemory,
  createShardResult,
  decodeShardResult,
  encodeShardKey,
  encodeShardResult,
  mergePartials,
  mergeShardResult,
  noWindowStartMs,
  PartialCursor,
  summarise,
  type Partial,
  type PipelineConfig,
  type ShardResult,
} from "../../pipeline/steps/index.js";

/** The partial results of one bundle of messages in detector time. */
export function accumulate(config: PipelineConfig, values: readonly Uint8Array[]): Partial[] {
  const bundle = new BundleAccumulator(config);
  for (const value of values) bundle.add(0, null, value);
  return [...bundle.finish()];
}

/** The messages of partial results, without malformed rows, which have no window. */
export function messagesOf(
  config: PipelineConfig,
  partials: readonly Partial[],
  blockBytes: number,
): WindowMessage[] {
  const windows = new Map<number, ShardResult>();
  const placed = partials.filter(({ windowStartMs }) => windowStartMs !== noWindowStartMs);
  for (const group of byShard(placed)) {
    const cursors = group.map(({ bytes }) => new PartialCursor(bytesInMemory(bytes), blockBytes));
    const sent = encodeShardResult(mergePartials(cursors, config.detector, { muons: config.muons }));
    const startMs = group[0]!.windowStartMs;
    const total = windows.get(startMs) ?? createShardResult(config.detector);
    mergeShardResult(total, decodeShardResult(sent, config.detector));
    windows.set(startMs, total);
  }
  const ordered = [...windows].sort((a, b) => a[0] - b[0]);
  return ordered.map(([startMs, result]) => messageOf(config, startMs, result));
}

function byShard(partials: readonly Partial[]): Partial[][] {
  const groups = new Map<string, Partial[]>();
  for (const partial of partials) {
    const key = encodeShardKey(partial);
    groups.set(key, [...(groups.get(key) ?? []), partial]);
  }
  return [...groups.values()];
}

function messageOf(config: PipelineConfig, startMs: number, result: ShardResult): WindowMessage {
  const { windowMs, detector, time } = config;
  const window = windowOfId(windowIdAt(startMs, windowMs), windowMs);
  return summarise(result, {
    window: { start_ms: window.startMs, end_ms: window.endMs, time },
    detector,
    partial: false,
    revision: 0,
    emittedMs: 0,
  });
}
