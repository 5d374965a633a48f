/** The pipeline on a real Kafka and a real Flink: every known row arrives in the windows exactly once. */
import { expect, it } from "vitest";
import { isKeepAlive } from "../../pipeline/model/index.js";
import { runCli } from "../cli/run-cli.js";
import { recordsOf } from "../kafka/topic-content.js";
import { expectSame, knownPart } from "../reference/compare.js";
import { runRecords } from "../reference/run.js";
import type { ReferenceMessage } from "../reference/summarise.js";
import { describeWithJava } from "../services/with-java.js";
import { validateMessage } from "../reference/validate-message.js";
import { expectLate } from "./late-watch.js";
import { useKnownStream } from "./known-stream.js";
import { streamingConfig, useStreamingSystem } from "./system.js";

const polling = { timeout: 90_000, interval: 250 };
const partitions = 2;

describeWithJava("the pipeline on Flink", () => {
  const system = useStreamingSystem({ partitions });
  const known = useKnownStream(system, partitions, polling);

  it("gives valid messages soon after the ends of their windows", async () => {
    await expect.poll(() => system.watch.withRows().length, polling).toBeGreaterThanOrEqual(5);
    for (const message of system.watch.seen) expect(validateMessage(message)).toEqual([]);
    const delays = system.watch.withRows().map(({ emitted_ms, window }) => emitted_ms - window.end_ms);
    console.info(`delays after the windows' ends: ${delays.sort((a, b) => a - b).join(", ")} ms`);
  });

  it("continues after its worker was killed within a window", async () => {
    for (const child of system.pool.workers.values()) child.kill("SIGKILL");
    await known.moreWindows();
  });

  it("continues after the TaskManager was killed within a window", async () => {
    const [taskManager] = system.flink.taskManagers;
    await taskManager!.kill9();
    await taskManager!.restart();
    await known.moreWindows();
  });

  it("continues after the broker was killed within a window", async () => {
    await system.kafka.part.kill9();
    await system.kafka.part.restart();
    await known.moreWindows();
  });

  it("has every row once after these faults", async () => {
    await known.expectEach();
    expect(system.watch.withRows().filter(({ partial }) => partial)).toEqual([]);
    // Segments, read-out, trigger words and all other keys must equal those that the independent reference computes.
    const records = await recordsOf(system.kafka.bootstrapServers, "data_raw");
    const rows = records
      .filter(({ key }) => !isKeepAlive(key))
      .map(({ value, ...record }) => ({ ...record, value: value ?? new Uint8Array(0) }));
    const expected = runRecords(rows, streamingConfig.windowMs / 1000);
    const found = system.watch.withRows().sort((a, b) => a.msg_ID - b.msg_ID);
    const content = (message: ReferenceMessage): unknown => knownPart({ ...message, revision: 0 });
    expectSame(found.map(content), expected.filter(({ ledger }) => ledger.rows > 0).map(content));
    const segments = found.map(({ segment_chamber }) => segment_chamber!["0"]!.count);
    expect(Math.max(...segments)).toBeGreaterThan(20);
    // The tally was interrupted by the faults too, and must count nothing twice.
    await expectLate(system, 0, { messages: 0, rows: 0 });
    const servers = ["--bootstrap-servers", system.kafka.bootstrapServers];
    const { code, stdout } = await runCli(["audit", ...servers, "--settle", "0"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^every message is accounted for: /)]);
  });
});
