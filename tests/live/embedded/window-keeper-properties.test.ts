/** Windows of an endless stream for any arrival order, memory limit and clock. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { windowMessagesDirect } from "../../../pipeline/beam/index.js";
import type { RawRecord, WindowMessage } from "../../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../../pipeline/steps/index.js";
import { recordsArbitrary, shuffled, split } from "../../reference/arbitraries.js";
import { knownPart } from "../../reference/compare.js";
import { runRecords } from "../../reference/run.js";
import { scratchFolder } from "../../helpers/scratch.js";
import { contentOf as filesIn } from "../../batch/direct/bounded-run.js";
import { contentOf, keeperBench, recordAt, startMs, windowMs } from "../../helpers/window-keeper.js";

const scratch = scratchFolder();
const numRuns = 40;

/** Records from the first half minute in any order, in bundles; the clock advances after each bundle. */
const stream = recordsArbitrary
  .chain((records) => {
    const times = fc.array(fc.nat({ max: 30_000 }), { minLength: records.length, maxLength: records.length });
    return times.map((times) =>
      records.map((record, i) => ({ ...record, timestampMs: startMs + times[i]! })),
    );
  })
  .chain((records) => shuffled(records).chain(split));
const steps = fc.array(fc.constantFrom(0, 10, 50, 900, 1000, 5000, 12_000), { minLength: 9, maxLength: 9 });
const limits = fc.record({
  allowedLatenessMs: fc.constantFrom(0, 300, 5000, 60_000),
  memoryBytes: fc.constantFrom(0, 300, 1 << 28),
});

function rowsOf(records: readonly RawRecord[]): number {
  return runRecords([...records]).reduce((sum, { ledger }) => sum + ledger.rows, 0);
}

const sumRows = (messages: Iterable<WindowMessage>): number =>
  [...messages].reduce((sum, { ledger }) => sum + ledger.rows, 0);

describe("in any order and at any pace", () => {
  it("rows in = rows of the newest messages + late rows, and revisions count up", async () => {
    await fc.assert(
      fc.asyncProperty(stream, steps, limits, async (bundles, steps, limits) => {
        const temporaryFolder = scratch.folder("spill");
        const { keeper, at, newest, messages } = keeperBench({ ...limits, temporaryFolder });
        let ms = 0;
        await at(ms);
        for (const [i, bundle] of bundles.entries()) {
          const taken = await keeper.add(bundle);
          expect(taken).toEqual({ messages: bundle.length, rows: rowsOf(bundle) });
          await at((ms += steps[i % steps.length]!));
        }
        await keeper.finish();
        expect(sumRows(newest().values()) + keeper.late.rows).toBe(rowsOf(bundles.flat()));
        const seen = new Map<number, number>();
        for (const { window, revision } of messages) {
          expect(revision).toBe((seen.get(window.start_ms) ?? -1) + 1);
          seen.set(window.start_ms, revision);
        }
        expect(filesIn(temporaryFolder)).toEqual([]);
      }),
      { numRuns },
    );
  });

  it("the newest messages are those of one run over all records, if none is too late", async () => {
    const shards = fc.constantFrom(1, 3);
    await fc.assert(
      fc.asyncProperty(stream, steps, shards, async (bundles, steps, orbitShards) => {
        const config: PipelineConfig = { ...defaultPipelineConfig, orbitShards };
        const { keeper, at, newest } = keeperBench({ config, allowedLatenessMs: 3_600_000 });
        let ms = 0;
        for (const [i, bundle] of bundles.entries()) {
          await keeper.add(bundle);
          await at((ms += steps[i % steps.length]!));
        }
        await keeper.finish();
        const messages = [...newest().values()].sort((a, b) => a.msg_ID - b.msg_ID).map(contentOf);
        const whole = await windowMessagesDirect(defaultPipelineConfig, bundles.flat());
        expect(messages).toEqual(whole.map(({ json }) => contentOf(JSON.parse(json) as WindowMessage)));
        expect(messages.map(knownPart)).toEqual(runRecords(bundles.flat()).map(knownPart));
      }),
      { numRuns },
    );
  });

  it("when a due time is reached, there is work to do, and the next due time is later", async () => {
    await fc.assert(
      fc.asyncProperty(stream, limits, async (bundles, limits) => {
        const { keeper, at } = keeperBench({ ...limits, temporaryFolder: scratch.folder("due") });
        for (const bundle of bundles) {
          await keeper.add(bundle);
          const due = keeper.dueMs;
          if (due === Infinity) continue;
          await at(due - startMs);
          expect(keeper.dueMs).toBeGreaterThan(due);
        }
        let turns = 0;
        for (let due = keeper.dueMs; due < Infinity; due = keeper.dueMs) {
          await at(due - startMs);
          expect(keeper.dueMs).toBeGreaterThan(due);
          expect((turns += 1)).toBeLessThan(50);
        }
        expect(keeper.size).toBe(0);
      }),
      { numRuns },
    );
  });
});

describe("memory", () => {
  const orbits = Array.from({ length: 400 }, (_, i) => i * 3);

  it("beyond the limit is written to disk, and is read back completely", async () => {
    const temporaryFolder = scratch.folder("spill");
    const { keeper, at, messages } = keeperBench({ memoryBytes: 2000, temporaryFolder });
    const records = [0, 6000, 100, 6100, 200].map((ms, i) =>
      recordAt(ms, ...orbits.map((orbit) => orbit + i)),
    );
    for (const record of records) await keeper.add([record]);
    expect(filesIn(temporaryFolder)).toHaveLength(2);
    await at(2 * windowMs + 50);
    expect(messages.map(knownPart)).toEqual(runRecords(records).map(knownPart));
    expect(filesIn(temporaryFolder)).toHaveLength(2);
    await at(windowMs + 60_050);
    expect(filesIn(temporaryFolder)).toHaveLength(1);
    await keeper.finish();
    expect(filesIn(temporaryFolder)).toEqual([]);
  });

  it("within the limit stays in memory", async () => {
    const temporaryFolder = scratch.folder("no-spill");
    const { keeper } = keeperBench({ memoryBytes: 1 << 20, temporaryFolder });
    await keeper.add([recordAt(0, ...orbits)]);
    expect(filesIn(temporaryFolder)).toEqual([]);
  });
});
