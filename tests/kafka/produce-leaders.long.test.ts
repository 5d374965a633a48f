/** `produce` to two brokers, one of which dies and restarts: leaders change, and every row is present once. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli } from "../cli/run-cli.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";
import { countRecords, fingerprint, recordsOf, rowsOf, sequencesOf, simulatedRows } from "./topic-content.js";
import { startTwoBrokers, type TwoBrokers } from "./two-brokers.js";

const topic = "led";
const partitions = 4;
const rows = 100_000;
const rowsPerMessage = 20;
const polling = { timeout: 60_000, interval: 50 };

describeWithJava("produce to two brokers", () => {
  const state = temporaryState();
  const folder = mkdtempSync(join(tmpdir(), "muonitor-leaders-"));
  let brokers: TwoBrokers;

  beforeAll(async () => {
    brokers = await startTwoBrokers(state);
    await brokers.createTopic(topic, partitions);
  }, 300_000);

  afterAll(async () => {
    await brokers.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("delivers every row once and in order while leaders change and change back", async () => {
    const { bootstrapServers, second } = brokers;
    const wanted = simulatedRows(rows);
    writeFileSync(join(folder, "rows.txt"), wanted);
    const held = () => countRecords(bootstrapServers, topic);
    expect(await brokers.ledBy(2, topic)).toBe(partitions / 2);
    const produced = runCli(
      [
        ...["produce", "--bootstrap-servers", bootstrapServers, "--topic", topic, "--input", "rows.txt"],
        ...[
          "--rows-per-message",
          String(rowsPerMessage),
          "--rate",
          "8000",
          "--state-dir",
          join(folder, "state"),
        ],
      ],
      { folder },
    );
    await expect.poll(held, polling).toBeGreaterThan(500);
    await second.part.kill9();
    await expect.poll(() => brokers.ledBy(1, topic), polling).toBe(partitions);
    // Just after the change, a broker may still direct a reader to the old leader.
    let before = 0;
    await expect.poll(async () => (before = await held()), polling).toBeGreaterThan(0);
    await expect.poll(held, polling).toBeGreaterThan(before + 200);
    await second.part.restart();
    const { code, stderr } = await produced;
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`${rows} rows in ${rows / rowsPerMessage} messages accepted`));
    const records = await recordsOf(bootstrapServers, topic);
    expect(fingerprint(rowsOf(records))).toBe(fingerprint(wanted));
    const sequences = sequencesOf(records);
    expect(sequences).toHaveLength(partitions);
    for (const list of sequences) expect(list).toEqual(list.map((_, i) => i));
  });
});
