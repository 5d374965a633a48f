/** The whole pipeline in one run, its two halves with any bundling, and the independent reference give the same messages. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DirectHalves,
  mergeDirect,
  windowMessagesDirect,
  type WindowJson,
} from "../../pipeline/beam/index.js";
import type { RawRecord } from "../../pipeline/model/index.js";
import {
  defaultPipelineConfig,
  noWindowStartMs,
  type Partial,
  type PipelineConfig,
} from "../../pipeline/steps/index.js";
import { garbageLine, recordsArbitrary, shuffled, split } from "../reference/arbitraries.js";
import { expectSame, knownPart, withoutEmittedMs } from "../reference/compare.js";
import { runMessages, runRecords } from "../reference/run.js";
import { validateLine } from "../reference/validate-message.js";

const numRuns = 40;
const shards = fc.constantFrom(1, 2, 5, 32);

/** Some of the records have a malformed row too. */
const dirtyRecords = fc
  .tuple(recordsArbitrary, fc.array(garbageLine, { maxLength: 5 }))
  .map(([records, garbage]) =>
    records.map((record, i) => {
      const line = garbage[i];
      return line === undefined
        ? record
        : { ...record, value: Buffer.concat([record.value, Buffer.from(line)]) };
    }),
  );

const linesOf = (messages: readonly WindowJson[]): string[] =>
  messages.map(({ json }) => withoutEmittedMs(json));
const partsOf = (messages: readonly WindowJson[]): unknown[] =>
  messages.map(({ json }) => knownPart(JSON.parse(json)));

async function inHalves(config: PipelineConfig, bundles: readonly RawRecord[][]): Promise<WindowJson[]> {
  const halves = new DirectHalves(config);
  const partials: Partial[] = [];
  for (const bundle of bundles) await halves.accumulate(bundle, (partial) => partials.push(partial));
  const whole = partials.filter(({ windowStartMs }) => windowStartMs !== noWindowStartMs);
  const messages = await halves.merge(whole);
  expect(linesOf(await mergeDirect(config, whole))).toEqual(linesOf(messages));
  return messages;
}

describe.each(["arrival", "detector"] as const)("in %s time", (time) => {
  const config: PipelineConfig = { ...defaultPipelineConfig, time };

  it("one run gives the same messages as the reference", async () => {
    await fc.assert(
      fc.asyncProperty(dirtyRecords, shards, async (records, orbitShards) => {
        const messages = await windowMessagesDirect({ ...config, orbitShards }, records);
        const values = records.map(({ value }) => value);
        const expected = time === "arrival" ? runRecords(records) : runMessages(values, "text").messages;
        expectSame(partsOf(messages), expected.map(knownPart));
        for (const { json } of messages) expect(validateLine(json)).toEqual([]);
      }),
      { numRuns },
    );
  });

  it("any order, bundles and shards give the same bytes as one run", async () => {
    const other = dirtyRecords.chain((records) =>
      fc.tuple(fc.constant(records), shuffled(records).chain(split)),
    );
    await fc.assert(
      fc.asyncProperty(other, shards, async ([records, bundles], orbitShards) => {
        const whole = await windowMessagesDirect(config, records);
        expect(linesOf(await inHalves({ ...config, orbitShards }, bundles))).toEqual(linesOf(whole));
      }),
      { numRuns },
    );
  });
});

describe("a run", () => {
  it("without records gives no messages", async () => {
    expect(await windowMessagesDirect(defaultPipelineConfig, [])).toEqual([]);
    expect(await mergeDirect(defaultPipelineConfig, [])).toEqual([]);
  });

  it("over one heartbeat gives a message of zeros", async () => {
    const heartbeat = { key: null, value: new Uint8Array(0), timestampMs: 1_763_700_004_999, partition: 0 };
    const messages = await windowMessagesDirect(defaultPipelineConfig, [heartbeat]);
    expectSame(partsOf(messages), runRecords([heartbeat]).map(knownPart));
    expect(JSON.parse(messages[0]!.json)).toMatchObject({ hit_count: 0, ledger: { rows: 0 } });
  });

  it("is not affected by an earlier run that failed", async () => {
    const halves = new DirectHalves({ ...defaultPipelineConfig, time: "detector" });
    const record = (row: string): RawRecord => {
      return { key: null, value: Buffer.from(row), timestampMs: 0, partition: 0 };
    };
    const failing = function* (): Generator<RawRecord> {
      yield record("2,0,1,7,5,5");
      throw new Error("the source has failed");
    };
    await expect(halves.accumulate(failing(), () => undefined)).rejects.toThrow("the source has failed");
    const partials: Partial[] = [];
    const two = [8, 9].map((orbit) =>
      halves.accumulate([record(`2,0,1,${orbit},5,5`)], (partial) => partials.push(partial)),
    );
    await Promise.all(two);
    const [message] = await halves.merge(partials);
    expect(JSON.parse(message!.json)).toMatchObject({ hit_count: 2, orbit_first: 8, orbit_last: 9 });
  });

  it("does not mix with a concurrent run", async () => {
    const record = (orbit: number): RawRecord => {
      return { key: null, value: Buffer.from(`2,0,1,${orbit},5,5`), timestampMs: 0, partition: 0 };
    };
    const runs = await Promise.all(
      [7, 8, 9].map((orbit) => windowMessagesDirect(defaultPipelineConfig, [record(orbit)])),
    );
    expect(runs.map(([message]) => JSON.parse(message!.json).orbit_first)).toEqual([7, 8, 9]);
  });
});
