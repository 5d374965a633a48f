/** The messages between the main thread of a run and its worker threads. */
import type { Partial } from "../../../pipeline/steps/index.js";
import type { Bundle } from "./bundles.js";
import type { WindowLines } from "./window-lines.js";

export type Task =
  | { kind: "bundle"; bundle: Bundle }
  | { kind: "pack"; pack: Uint8Array }
  | { kind: "merge"; group: PackedPartials };

/** Partial results in one buffer, which can be transferred without a copy. */
interface PackedPartials {
  windowStartsMs: Float64Array;
  /** NaN where the run is unknown. */
  runs: Float64Array;
  shards: Uint32Array;
  /** Ends of the partial results in `bytes`. */
  ends: Float64Array;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The answer to a task; each task has exactly one. */
export type Answer =
  | { kind: "partials"; partials: PackedPartials }
  | { kind: "messages"; messages: WindowLines }
  | { kind: "failed"; message: string; stack: string | undefined; isExpected: boolean };

export function packPartials(partials: readonly Partial[]): PackedPartials {
  const length = partials.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const packed: PackedPartials = {
    windowStartsMs: Float64Array.from(partials, ({ windowStartMs }) => windowStartMs),
    runs: Float64Array.from(partials, ({ run }) => run ?? NaN),
    shards: Uint32Array.from(partials, ({ shard }) => shard),
    ends: new Float64Array(partials.length),
    bytes: new Uint8Array(length),
  };
  let end = 0;
  partials.forEach(({ bytes }, i) => {
    packed.bytes.set(bytes, end);
    packed.ends[i] = end += bytes.length;
  });
  return packed;
}

/** The bytes of the partial results are views of the one buffer. */
export function unpackPartials(packed: PackedPartials): Partial[] {
  const { windowStartsMs, runs, shards, ends, bytes } = packed;
  return Array.from(windowStartsMs, (windowStartMs, i) => ({
    windowStartMs,
    run: Number.isNaN(runs[i]) ? null : (runs[i] as number),
    shard: shards[i] as number,
    bytes: bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]),
  }));
}
