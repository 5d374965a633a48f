/** A production that is killed and resumed sends every row once, whatever part of the current batch was accepted. */
import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MuonitorError, type RawRecord } from "../../pipeline/model/index.js";
import {
  startProduction,
  type BatchPlan,
  type PartitionBy,
  type ResumePoint,
} from "../../producer/production/index.js";
import { createStreamSource, type StreamInput } from "../../producer/replay/index.js";
import type { RecordSender } from "../../producer/sender.js";
import { keyOf } from "./memory-sender.js";
import { linesOf } from "./slow-reader.js";

const header = "HEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS\n";

/** Files with headers, blank lines and rows that look like JSON; every row contains its own number. */
function inputsOf(sizes: readonly number[]): { inputs: StreamInput[]; rows: string[] } {
  const rows: string[] = [];
  const inputs = sizes.map((size, file) => {
    const lines = Array.from({ length: size }, (_, i) => {
      const n = rows.length;
      const row = n % 17 === 5 ? `{"n": ${n}}` : `2,0,${n % 128},${Math.floor(n / 3)},${n % 3564},${n}`;
      rows.push(row);
      return i % 23 === 0 ? `\n${row}\n` : `${row}\n`;
    });
    const text = (file % 2 === 0 ? header : "") + lines.join("");
    return { name: `file ${file}`, open: () => Readable.from([Buffer.from(text)]) };
  });
  return { inputs, rows };
}

/** A topic that outlives its producers. A producer dies when the topic has a given number of records. */
class Topic {
  readonly partitions: RawRecord[][];
  private dead = false;

  constructor(count: number) {
    this.partitions = Array.from({ length: count }, () => []);
  }

  /** @param share fraction (0..1) of the last batch that each partition accepts, different for each */
  sender(diesAfterSends: number, share: number): RecordSender {
    this.dead = false;
    let sends = 0;
    return {
      send: (records) => {
        if (this.dead) return Promise.reject(new Error("dead"));
        sends += 1;
        this.dead = sends >= diesAfterSends;
        this.partitions.forEach((partition, p) => {
          const own = records.filter((record) => record.partition === p);
          partition.push(
            ...(this.dead ? own.slice(0, Math.round(own.length * ((share * (p + 1)) % 1))) : own),
          );
        });
        return this.dead ? Promise.reject(new Error("dead")) : Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
  }

  lastSequences(): number[] {
    return this.partitions.map((records) =>
      records.length === 0 ? -1 : keyOf(records.at(-1) as RawRecord).sequence,
    );
  }

  get rows(): string[] {
    const values = this.partitions.flat().map(({ value }) => value);
    return linesOf(values.filter(({ length }) => length > 0)).filter((line) => line !== "HEAD");
  }
}

const byNumber = (a: string, b: string): number => numberOf(a) - numberOf(b);
const numberOf = (row: string): number => Number(/(\d+)\}?$/.exec(row)?.[1]);

async function runWithDeaths(
  sizes: readonly number[],
  deaths: readonly [sends: number, share: number][],
  options: { partitions: number; rowsPerMessage: number; partitionBy: PartitionBy; limit: number },
): Promise<{ topic: Topic; rows: string[]; resumed: number[]; ended: boolean }> {
  const { inputs, rows } = inputsOf(sizes);
  const topic = new Topic(options.partitions);
  const noted: { plan?: BatchPlan; ended: boolean } = { ended: false };
  const resumed: number[] = [];
  const journal = {
    before: (plan: BatchPlan) => (noted.plan = structuredClone(plan)),
    end: () => (noted.ended = true),
  };
  for (const [sends, share] of [...deaths, [Infinity, 1] as const]) {
    const { plan } = noted;
    const resume: ResumePoint | undefined = plan && { plan, accepted: topic.lastSequences() };
    const production = startProduction({
      ...options,
      source: createStreamSource({ inputs }),
      sender: topic.sender(sends, share),
      id: "test",
      epoch: 1,
      rateHz: 0,
      journal,
      ...(resume && { resume }),
    });
    await production.done.catch(() => undefined);
    resumed.push(production.stats().resumedRows);
    if (noted.ended) break;
  }
  return { topic, rows, resumed, ended: noted.ended };
}

const some = fc.record({
  partitions: fc.integer({ min: 1, max: 4 }),
  rowsPerMessage: fc.constantFrom(1, 7, 100),
  partitionBy: fc.constantFrom<PartitionBy>("round-robin", "orbit"),
});
const death = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.double({ min: 0, max: 1, noNaN: true }));

describe("a production that dies", () => {
  test("is resumed with every row once, in order within its partition, and sequences without gaps", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 4 }),
        fc.array(death, { maxLength: 4 }),
        some,
        async (sizes, deaths, options) => {
          const { topic, rows, ended } = await runWithDeaths(sizes, deaths, { ...options, limit: 1_000_000 });
          expect(ended).toBe(true);
          expect(topic.rows.sort(byNumber)).toEqual(rows);
          for (const records of topic.partitions) {
            expect(records.map((record) => keyOf(record).sequence)).toEqual(records.map((_, i) => i));
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  test("keeps its limit after it is resumed, and reports the rows accepted before", async () => {
    const limits = { partitions: 3, rowsPerMessage: 10, partitionBy: "round-robin", limit: 45_000 } as const;
    const { topic, rows, resumed } = await runWithDeaths(
      [70_000],
      [
        [2, 0.5],
        [1, 0.9],
      ],
      limits,
    );
    expect(topic.rows.sort(byNumber)).toEqual(rows.slice(0, 45_000));
    expect(resumed[0]).toBe(0);
    expect(resumed[2]).toBeGreaterThan(resumed[1] ?? 0);
  });

  test("reports an input that has become shorter", async () => {
    const plan: BatchPlan = {
      position: { input: 0, row: 500 },
      rowsBefore: 500,
      turn: 0,
      sequences: [5],
      packets: [[100, 2]],
    };
    const source = createStreamSource({ inputs: inputsOf([550]).inputs });
    const sender = new Topic(1).sender(Infinity, 1);
    const { done } = startProduction({ source, sender, id: "a", resume: { plan, accepted: [4] } });
    await expect(done).rejects.toThrow("file 0: has fewer rows than when it was read before");
  });
});

describe("partitions by orbit", () => {
  test("have all rows of an orbit, in order, in messages of a limited number of rows", async () => {
    const options = { partitions: 3, rowsPerMessage: 50, partitionBy: "orbit", limit: 1_000_000 } as const;
    const { topic } = await runWithDeaths([5000, 300], [], options);
    topic.partitions.forEach((records, partition) => {
      const rows = linesOf(records.map(({ value }) => value)).filter((line) => line.startsWith("2,"));
      expect(rows.every((row) => Number(row.split(",")[3]) % 3 === partition)).toBe(true);
      expect(rows.map(numberOf)).toEqual(rows.map(numberOf).sort((a, b) => a - b));
      for (const { value } of records)
        expect(linesOf([value]).filter((line) => line !== "HEAD").length).toBeLessThanOrEqual(50);
    });
  });
});

describe("a note that cannot be written", () => {
  const { inputs, rows } = inputsOf([60]);
  const failing = (
    error: Error,
    times: number,
  ): { before: () => void; end: () => void; tries: () => number } => {
    let tries = 0;
    const before = (): void => {
      tries += 1;
      if (tries <= times) throw error;
    };
    return { before, end: () => undefined, tries: () => tries };
  };

  test("because no space is left is reported and written later, and nothing is sent before", async () => {
    const topic = new Topic(1);
    const journal = failing(new MuonitorError("state: cannot be written: ENOSPC", { retriable: true }), 2);
    const sender = topic.sender(Infinity, 0);
    const sentAfter: number[] = [];
    const send = (records: RawRecord[]): Promise<void> => {
      sentAfter.push(journal.tries());
      return sender.send(records);
    };
    const reasons: (string | null)[] = [];
    const production = startProduction({
      ...{ source: createStreamSource({ inputs }), id: "t", partitions: 1, rateHz: 0, journal },
      sender: { ...sender, send },
      onTrouble: (reason) => reasons.push(reason),
    });
    await production.done;
    expect(topic.rows).toEqual(rows);
    expect(reasons).toEqual(["state: cannot be written: ENOSPC", null]);
    expect(Math.min(...sentAfter)).toBeGreaterThan(2);
  });

  test("for another reason ends the production", async () => {
    const journal = failing(new MuonitorError("state: cannot be written: EACCES"), 1);
    const topic = new Topic(1);
    const production = startProduction({
      ...{ source: createStreamSource({ inputs }), id: "t", partitions: 1, rateHz: 0, journal },
      sender: topic.sender(Infinity, 0),
    });
    await expect(production.done).rejects.toThrow("EACCES");
    expect(topic.rows).toEqual([]);
  });
});
