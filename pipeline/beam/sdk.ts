/**
 * The one place that touches the Beam SDK's modules: what we use of it, by our names.
 * The SDK prints a line per bundle and request; a process that loads this module is spared that, because standard
 * output belongs to data.
 */
// The SDK's modules import each other in a circle that only its index enters at the right place.
import "apache-beam";
import { requireForSerialization } from "apache-beam/serialization";
import { PaneInfoCoder } from "apache-beam/coders/standard_coders";
import { GlobalWindow, IntervalWindow, type Window, type WindowedValue } from "apache-beam/values";
import Long from "long";

console.debug = (): void => undefined;

export { BytesCoder, KVCoder } from "apache-beam/coders/standard_coders";
export { StrUtf8Coder } from "apache-beam/coders/standard_coders";
export type { Coder } from "apache-beam/coders/coders";
export { directRunner } from "apache-beam/runners/direct_runner";
export { impulse, groupByKey, withCoderInternal } from "apache-beam/transforms/internal";
export { parDo, windowParam, type DoFn } from "apache-beam/transforms/pardo";
export { withName, type PTransform } from "apache-beam/transforms/transform";
export { windowInto } from "apache-beam/transforms/window";
export { fixedWindows } from "apache-beam/transforms/windowings";
export { Root, PCollection } from "apache-beam/pvalue";
export type { KV } from "apache-beam/values";
export type { Window, WindowedValue };

/** Makes classes known to the SDK's serialiser, here and in workers, so that their instances travel as plain data. */
export function registerClasses(classes: Record<string, unknown>): void {
  requireForSerialization("muonitor", classes);
}

/** A value in the global window at a time, ms since the epoch. */
export function inGlobalWindow<T>(value: T, timestampMs: number): WindowedValue<T> {
  return {
    value,
    windows: [new GlobalWindow()],
    pane: PaneInfoCoder.ONE_AND_ONLY_FIRING,
    timestamp: Long.fromNumber(timestampMs),
  };
}

/** A value at the end of the window [startMs, endMs). */
export function inWindow<T>(value: T, startMs: number, endMs: number): WindowedValue<T> {
  const window = new IntervalWindow(Long.fromNumber(startMs), Long.fromNumber(endMs));
  return {
    value,
    windows: [window],
    pane: PaneInfoCoder.ONE_AND_ONLY_FIRING,
    timestamp: window.maxTimestamp(),
  };
}

/** A value in the global window at its end, as a bundle's last output. */
export function atEndOfTime<T>(value: T): WindowedValue<T> {
  const window = new GlobalWindow();
  return {
    value,
    windows: [window],
    pane: PaneInfoCoder.ONE_AND_ONLY_FIRING,
    timestamp: window.maxTimestamp(),
  };
}

/** Start of a fixed window, ms since the epoch. */
export function startOf(window: Window): number {
  return (window as IntervalWindow).start.toNumber();
}
