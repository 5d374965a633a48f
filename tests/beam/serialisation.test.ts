/** Functions are serialised for a worker, restored there, and give the same results. */
import { describe, expect, it } from "vitest";
import { AccumulateFn, MergeShardFn, SummariseFn, type PaneContext } from "../../pipeline/beam/functions.js";
import { FixedWindows } from "../../pipeline/beam/sdk.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import { Timing } from "apache-beam/values";
import Long from "long";
import { knownPart } from "../reference/compare.js";
import { encodeCsv } from "../reference/encode.js";
import { runFiles } from "../reference/run.js";
import { deserializeFn, serializeFn } from "./beam-sdk.js";

const config: PipelineConfig = { ...defaultPipelineConfig, time: "detector", orbitShards: 3 };
const rows = Array.from({ length: 50 }, (_, i) => {
  return {
    head: 2,
    fpga: i % 2,
    channel: i % 5 === 1 ? 128 : i,
    orbit: 1000 + 100 * Math.floor(i / 7),
    bx: i,
    tdc: 0.5,
  };
});

/** Sends a DoFn as the SDK does: its object is serialised and restored as a new object. */
function travelled<T>(fn: T): T {
  const { doFn } = deserializeFn(serializeFn({ doFn: fn })) as { doFn: T };
  expect(doFn).not.toBe(fn);
  return doFn;
}

function accumulate(bundle: Uint8Array[]): { key: string; value: Uint8Array }[] {
  const fn = travelled(new AccumulateFn(config));
  const context = { time: { lookup: () => expect.fail("detector time needs no other time") } };
  fn.startBundle();
  for (const value of bundle) fn.process({ key: new Uint8Array(0), value }, context);
  return [...fn.finishBundle()].map(({ value }) => value);
}

function grouped(
  elements: readonly { key: string; value: Uint8Array }[],
): { key: string; value: Uint8Array[] }[] {
  const keys = [...new Set(elements.map(({ key }) => key))];
  return keys.map((key) => ({
    key,
    value: elements.filter((element) => element.key === key).map(({ value }) => value),
  }));
}

/** The context of an element of a window's n-th firing. */
function firing(index: number): PaneContext {
  const pane = { timing: Timing.LATE, index, onTimeIndex: 0, isFirst: index === 0, isLast: false };
  return { pane: { lookup: () => pane } };
}

function shardsOf(parts: (typeof rows)[], index: number): { key: string; value: Uint8Array }[] {
  const partials = parts.map((part) => [encodeCsv(part)]).flatMap(accumulate);
  return grouped(partials).flatMap((group) => [...new MergeShardFn(config).process(group, firing(index))]);
}

describe("a window that fires again", () => {
  it("uses the newest result of each shard, and has a revision number", () => {
    const first = shardsOf([rows.slice(0, 20)], 0);
    const second = shardsOf([rows.slice(0, 20), rows.slice(20)], 1);
    const [window] = grouped([...second, ...first]);
    const [message] = new SummariseFn(config, {}).process(window!, firing(1));
    const expected = runFiles([{ bytes: encodeCsv(rows), format: "csv" }]).messages[0]!;
    expect(knownPart(JSON.parse(message!.value))).toEqual(knownPart({ ...expected, revision: 1 }));
  });
});

describe("restored functions", () => {
  it("compute the reference's message from bundles in two workers", () => {
    const bundles = [rows.slice(0, 20), rows.slice(20)].map((part) => [encodeCsv(part)]);
    const shards = grouped(bundles.flatMap(accumulate)).flatMap((group) => [
      ...travelled(new MergeShardFn(config)).process(group, firing(0)),
    ]);
    const facts = { "0": { partial: true, revision: 7 } };
    const messages = grouped(shards).flatMap((group) => [
      ...travelled(new SummariseFn(config, facts)).process(group, firing(0)),
    ]);
    expect(messages.map(({ key }) => key)).toEqual(["0"]);
    const expected = runFiles([{ bytes: encodeCsv(rows), format: "csv" }]).messages[0]!;
    expect(knownPart(JSON.parse(messages[0]!.value))).toEqual(
      knownPart({ ...expected, partial: true, revision: 7 }),
    );
  });

  it("assign times to the same windows", () => {
    const windows = travelled(new FixedWindows(5000));
    const starts = [0, 4999, 5000, 4998, 1_763_700_003_000].map((ms) => {
      const [window] = windows.assignWindows(Long.fromNumber(ms));
      return [window!.start.toNumber(), window!.end.toNumber()];
    });
    expect(starts).toEqual([
      [0, 5000],
      [0, 5000],
      [5000, 10_000],
      [0, 5000],
      [1_763_700_000_000, 1_763_700_005_000],
    ]);
  });
});
