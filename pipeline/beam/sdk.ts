/**
 * The only module that imports values from the Beam SDK; it exports what Muonitor uses, under Muonitor's names. The SDK
 * prints a line per bundle and request; this module suppresses these lines, because standard output is reserved for data.
 */
import "./removed-util.js";
import "./unused-pubsub.js";
// The SDK's modules have a circular import that only works when entered through its index.
import "apache-beam";
import { requireForSerialization } from "apache-beam/serialization";
import { PaneInfoCoder } from "apache-beam/coders/standard_coders";
import { GlobalWindow, IntervalWindow, type Window, type WindowedValue } from "apache-beam/values";
import type { WindowFn } from "apache-beam/transforms/window";
import { fixedWindows } from "apache-beam/transforms/windowings";
import { Pipeline } from "apache-beam/internal/pipeline";
import { PCollection, Root, type PValue } from "apache-beam/pvalue";
import { impulse } from "apache-beam/transforms/internal";
import type { PTransform } from "apache-beam/transforms/transform";
import { BundleProcessor } from "apache-beam/worker/worker";
import Long from "long";

console.debug = (): void => undefined;

export { Context, globalRegistry } from "apache-beam/coders/coders";
export { BytesCoder, KVCoder } from "apache-beam/coders/standard_coders";
export { StrUtf8Coder } from "apache-beam/coders/standard_coders";
export type { Coder } from "apache-beam/coders/coders";
export { asExternalEnvironment, TYPESCRIPT_DEFAULT_ENVIRONMENT_URN } from "apache-beam/internal/environments";
export { directRunner } from "apache-beam/runners/direct_runner";
export { PortableRunner } from "apache-beam/runners/portable_runner/runner";
export { rawExternalTransform } from "apache-beam/transforms/external";
export { groupByKey, withCoderInternal } from "apache-beam/transforms/internal";
export { paneInfoParam, parDo, timestampParam, type DoFn } from "apache-beam/transforms/pardo";
export { withName } from "apache-beam/transforms/transform";
export { windowInto } from "apache-beam/transforms/window";
export { globalWindows } from "apache-beam/transforms/windowings";
export type { KV, PaneInfo } from "apache-beam/values";
export { registerOperator } from "apache-beam/worker/operators";
export { Worker } from "apache-beam/worker/worker";
export { impulse };
export type { PCollection, PTransform, Root, Window, WindowedValue };

/** A pipeline for the direct runner, which can run more than once. */
export interface BuiltPipeline {
  run(): Promise<void>;
}

/**
 * Builds a pipeline without side inputs. The SDK's direct runner builds and runs in one step; a worker of the SDK keeps the
 * processor of a bundle for further bundles in the same way.
 */
export function buildDirect(build: (root: Root) => void): BuiltPipeline {
  const pipeline = new Pipeline();
  build(new Root(pipeline));
  const proto = pipeline.getProto();
  if (proto.components === undefined) throw new Error("a pipeline without components");
  const descriptor = { id: "", ...proto.components };
  const noChannel = (): never => {
    throw new Error("the direct runner has no channels");
  };
  const processor = new BundleProcessor(descriptor, noChannel, noChannel, [impulse.urn]);
  return { run: () => processor.process("bundle") };
}

/** Applies a transform; the SDK's own method loses the output type. */
export function apply<In extends PValue<unknown>, Out extends PValue<unknown>>(
  input: In,
  transform: PTransform<In, Out>,
): Out {
  return (input as unknown as { apply(transform: PTransform<In, Out>): Out }).apply(transform);
}

/** The collection with this id in a pipeline. */
export function collectionOf<T>(root: Root, id: string): PCollection<T> {
  return new PCollection<T>(root.pipeline, id);
}

/**
 * Registers classes with the SDK's serialiser, here and in workers, so that instances are serialised as plain data.
 */
export function registerClasses(classes: Record<string, unknown>): void {
  requireForSerialization("muonitor", classes);
}

const globalWindow: Window[] = [new GlobalWindow()];

/** Values in the global window with their times, ms since the epoch; values with the same time share the object. */
export class GlobalWindowStamper {
  private timestampMs = NaN;
  private timestamp = Long.ZERO;

  stamp<T>(value: T, timestampMs: number): WindowedValue<T> {
    if (timestampMs !== this.timestampMs) {
      this.timestampMs = timestampMs;
      this.timestamp = Long.fromNumber(timestampMs);
    }
    return {
      value,
      windows: globalWindow,
      pane: PaneInfoCoder.ONE_AND_ONLY_FIRING,
      timestamp: this.timestamp,
    };
  }
}

/** A value in the global window at the last moment before `endMs`, from which its window is assigned. */
export function justBefore<T>(value: T, endMs: number): WindowedValue<T> {
  return {
    value,
    windows: globalWindow,
    pane: PaneInfoCoder.ONE_AND_ONLY_FIRING,
    timestamp: Long.fromNumber(endMs - 1),
  };
}

const endOfTime = new GlobalWindow().maxTimestamp();

/** A value in the global window at its end, as a bundle's last output. */
export function atEndOfTime<T>(value: T): WindowedValue<T> {
  return { value, windows: globalWindow, pane: PaneInfoCoder.ONE_AND_ONLY_FIRING, timestamp: endOfTime };
}

/** Fixed windows [n size, (n + 1) size), as in the SDK, but elements of one window share the window object. */
export class FixedWindows implements WindowFn<IntervalWindow> {
  readonly beamName = "FixedWindows";
  private startMs = NaN;
  private windows: IntervalWindow[] = [];

  constructor(private readonly sizeMs: number) {}

  assignWindows(timestamp: Long): IntervalWindow[] {
    const startMs = Math.floor(timestamp.toNumber() / this.sizeMs) * this.sizeMs;
    if (startMs !== this.startMs) {
      this.startMs = startMs;
      this.windows = [new IntervalWindow(Long.fromNumber(startMs), Long.fromNumber(startMs + this.sizeMs))];
    }
    return this.windows;
  }

  windowCoder(): ReturnType<WindowFn<IntervalWindow>["windowCoder"]> {
    return this.forRunners().windowCoder();
  }

  toProto(): ReturnType<WindowFn<IntervalWindow>["toProto"]> {
    return this.forRunners().toProto();
  }

  isMerging(): boolean {
    return false;
  }

  assignsToOneWindow(): boolean {
    return true;
  }

  private forRunners(): WindowFn<IntervalWindow> {
    return fixedWindows(this.sizeMs / 1000);
  }
}

registerClasses({ FixedWindows });
