/** The pipeline in its own thread: nothing is lost, the backlog is bounded, and an exit is reported. */
import { tmpdir } from "node:os";
import { beforeAll, describe, expect, it } from "vitest";
import {
  defaultDetector,
  FormatError,
  UnavailableError,
  type RawRecord,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../../pipeline/steps/index.js";
import {
  maxBacklogBytes,
  maxRecordBytes,
  PipelineClient,
} from "../../../runners/live/embedded/pipeline-client.js";
import { buildNodePart } from "../../helpers/build.js";

beforeAll(buildNodePart);

interface Running {
  client: PipelineClient;
  messages: WindowMessage[];
  /** Resolves when the thread has ended unexpectedly. */
  death: Promise<Error>;
}

async function start(config: Partial<PipelineConfig> = {}): Promise<Running> {
  const messages: WindowMessage[] = [];
  let die: (error: Error) => void = () => undefined;
  const death = new Promise<Error>((resolve) => (die = resolve));
  const client = new PipelineClient(
    {
      config: { ...defaultPipelineConfig, windowMs: 1000, ...config },
      allowedLatenessMs: 60_000,
      watermarkDelayMs: 50,
      startedMs: Date.now(),
      memoryBytes: 1 << 28,
      temporaryFolder: tmpdir(),
    },
    { window: (message) => messages.push(message), failed: (error) => die(error) },
  );
  await client.ready();
  return { client, messages, death };
}

const row = "2,0,1,7,5,5\n";
const record = (rows = 1, timestampMs = Date.now()): RawRecord => {
  return { key: null, value: Buffer.from(row.repeat(rows)), timestampMs, partition: 0 };
};

/** Rows of the newest message of each window. */
function rowsOf(messages: readonly WindowMessage[]): number {
  const newest = new Map(messages.map((message) => [message.msg_ID, message.ledger.rows]));
  return [...newest.values()].reduce((sum, rows) => sum + rows, 0);
}

/** Chambers 0 and 1 overlap, so the thread fails at the first record. */
const brokenDetector = {
  ...defaultDetector,
  chambers: [...defaultDetector.chambers].fill(defaultDetector.chambers[0]!),
};

describe("the pipeline's thread", () => {
  it("answers while it works; a missing answer is detected", async () => {
    const { client } = await start();
    expect(await client.ask(AbortSignal.timeout(10_000))).toBeNull();
    const records = Array.from({ length: 16 }, () => record(200_000));
    for (const one of records) await client.send([one]);
    expect(await client.ask(AbortSignal.timeout(1))).toBe("has not answered");
    await expect.poll(() => client.counters.backlogBytes).toBe(0);
    expect(await client.ask(AbortSignal.timeout(10_000))).toBeNull();
    await client.close();
  });

  it("emits windows while it runs, and at its end emits open windows as partial", async () => {
    const { client, messages } = await start();
    const now = Date.now();
    await client.send([record(3, now - 5000), record(2, now - 2000), record(0, now + 2000)]);
    await expect.poll(() => messages.length).toBe(2);
    await client.send([record(1, now + 3000)]);
    await client.close();
    expect(messages.map(({ ledger }) => ledger.rows)).toEqual([3, 2, 0, 1]);
    expect(messages.slice(2).map(({ partial }) => partial)).toEqual([true, true]);
    expect(client.counters).toMatchObject({
      rows: 6,
      messages: 4,
      backlogBytes: 0,
      late: { messages: 0, rows: 0 },
    });
  });

  it("makes senders wait when the backlog is full, and loses nothing", async () => {
    const { client, messages } = await start();
    const rowsPerRecord = Math.floor(maxRecordBytes / row.length);
    const records = 40;
    let largest = 0;
    for (let i = 0; i < records; i += 1) {
      await client.send([record(rowsPerRecord)]);
      largest = Math.max(largest, client.counters.backlogBytes);
    }
    expect(largest).toBeGreaterThan(maxBacklogBytes / 2);
    expect(largest).toBeLessThanOrEqual(maxBacklogBytes + maxRecordBytes + 100);
    await client.close();
    expect(rowsOf(messages)).toBe(records * rowsPerRecord);
    expect(client.counters.backlogBytes).toBe(0);
  }, 240_000);

  it.each([
    ["from the future", { timestampMs: Date.now() + 3_600_000 }, "is not a time in the past"],
    ["from before the epoch", { timestampMs: -1 }, "-1 ms, is not a time in the past"],
    ["without a time", { timestampMs: NaN }, "NaN ms, is not a time in the past"],
    ["of too many bytes", { value: new Uint8Array(maxRecordBytes + 1) }, "is larger than 3000000"],
  ])("refuses a record %s, and all records sent with it", async (_, wrong, message) => {
    const { client, messages } = await start();
    const sent = client.send([record(), { ...record(), ...wrong }]);
    await expect(sent).rejects.toThrow(FormatError);
    await expect(sent).rejects.toThrow(message);
    await client.close();
    expect(messages).toEqual([]);
  });

  it("accepts nothing after close; all accepted rows are in its messages", async () => {
    const { client, messages } = await start();
    await client.send([record(5)]);
    const closed = client.close();
    await expect(client.send([record(7)])).rejects.toThrow(UnavailableError);
    await closed;
    await expect(client.send([record(7)])).rejects.toThrow(UnavailableError);
    expect(rowsOf(messages)).toBe(5);
    await client.close();
  });

  it("reports its exit, also to pending senders", async () => {
    const { client, death } = await start({ detector: brokenDetector });
    const full = Array.from({ length: 30 }, () =>
      client.send([record(Math.floor(maxRecordBytes / row.length))]),
    );
    const outcomes = await Promise.allSettled(full);
    expect((await death).message).toContain("is used twice");
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused as PromiseRejectedResult[])
      expect(reason).toBeInstanceOf(UnavailableError);
    await expect(client.send([record()])).rejects.toThrow(UnavailableError);
    await client.close();
  });
});
