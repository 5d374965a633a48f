/** Late rows on a topic with ten partitions, nine of them idle. */
import { beforeAll, expect, it } from "vitest";
import type { WindowMessage } from "../../pipeline/model/index.js";
import type { RecordSender } from "../../producer/index.js";
import { runCli } from "../cli/run-cli.js";
import { describeWithJava } from "../services/with-java.js";
import { expectLate } from "./late-watch.js";
import { closeWindows, kafkaSender, produceKnownRows } from "./rows.js";
import { streamingConfig, useStreamingSystem } from "./system.js";

const polling = { timeout: 120_000, interval: 100 };
const partitions = 10;
const latenessSeconds = 20;
const row = "2,0,5,3387354526,12,3\n";

describeWithJava("a skewed topic with late rows", () => {
  const system = useStreamingSystem({ partitions, job: { allowedLatenessMs: latenessSeconds * 1000 } });
  let sender: RecordSender;
  beforeAll(() => {
    sender = kafkaSender(system.kafka.bootstrapServers);
    return () => sender.close();
  });

  let sent = 0;
  /** Sends one message; returns the number of its window. */
  const send = async (timestampMs: number, rows: number): Promise<number> => {
    const [key, value] = [`m1:test:1:0:${sent++}`, row.repeat(rows)].map((text) => Buffer.from(text));
    await sender.send([{ key: key!, value: value!, timestampMs, partition: 0 }]);
    return Math.floor(timestampMs / streamingConfig.windowMs);
  };
  const rowsIn = (window: number): number | undefined => system.watch.newest.get(window)?.ledger.rows;

  it("gives windows while nine partitions have had only one heartbeat", async () => {
    const { bootstrapServers } = system.kafka;
    const known = produceKnownRows(bootstrapServers, 1, { limit: 10_000, rateHz: 2000 });
    await known.production.done;
    await known.sender.close();
    await expect.poll(() => system.watch.total().rows, polling).toBe(10_000);
    expect(system.watch.total()).toMatchObject(known.simulator.truth().ledger);
  });

  it("gives a corrected message of the whole window within the allowed lateness", async () => {
    const [window] = system.watch.withRows().map(({ msg_ID }) => msg_ID);
    const before = system.watch.newest.get(window!) as WindowMessage;
    expect(await send(before.window.start_ms + 1, 7)).toBe(window);
    await expect.poll(() => rowsIn(window!), polling).toBe(before.ledger.rows + 7);
    const after = system.watch.newest.get(window!) as WindowMessage;
    expect(after.revision).toBeGreaterThan(0);
    expect(after.hit_count).toBe(before.hit_count + 7);
  });

  it("drops rows after the allowed lateness, and audit reports their number", async () => {
    const nowMs = Date.now();
    const total = system.watch.total().rows;
    await closeWindows(sender, partitions, nowMs + 50_000);
    const marked = await send(nowMs + 51_000, 1);
    await closeWindows(sender, partitions, nowMs + 54_000);
    await expect.poll(() => rowsIn(marked), polling).toBe(1);
    const dropped = await send(nowMs - 1000, 5);
    const last = await send(nowMs + 55_000, 1);
    await closeWindows(sender, partitions, nowMs + 58_000);
    await expect.poll(() => rowsIn(last), polling).toBe(1);
    expect(system.watch.total().rows).toBe(total + 2);
    expect(rowsIn(dropped) ?? 0).not.toBe(5);
    await expectLate(system, latenessSeconds * 1000, { messages: 1, rows: 5 });
    const servers = ["--bootstrap-servers", system.kafka.bootstrapServers];
    const { code, stdout } = await runCli([
      "audit",
      ...servers,
      ...["--settle", "0", "--lateness", String(latenessSeconds)],
    ]);
    console.info(stdout.trim());
    expect([code, stdout]).toEqual([0, expect.stringContaining(" 1 late and dropped,")]);
  });
});
