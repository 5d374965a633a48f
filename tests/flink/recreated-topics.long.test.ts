/**
 * Topics of a running system changed by others: rows in transactions, then data_clean and data_raw deleted and created
 * again by the verbs. Rows in no window are reported and counted, within two windows.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SystemStatus, WindowMessage } from "../../pipeline/model/index.js";
import { runCli } from "../cli/run-cli.js";
import { program } from "../cli/real-process.js";
import { buildWithPage } from "../helpers/build.js";
import { startMarked, type MarkedProcess } from "../infra/marked-process.js";
import { countRecords, recordsOf } from "../kafka/topic-content.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";

const windowMs = 2000;
const polling = { timeout: 120_000, interval: 250 };
/** Additional time for a busy machine. */
const marginMs = 15_000;

describeWithJava("topics of up --runner flink", () => {
  const stateFolder = temporaryState();
  let up: MarkedProcess;
  let [url, brokers] = ["", ""];
  /** Rows in windows before the page's topic was created again. */
  let sent = 0;

  beforeAll(async () => {
    await buildWithPage();
    const options = `--runner flink --no-source --window ${windowMs / 1000} --port 0 --state-dir ${stateFolder}`;
    up = startMarked(`exec ${process.execPath} ${program} up ${options}`, stateFolder);
    url = (await up.waitForOutput(/Muonitor is live at (\S+)\n/))[1] as string;
    brokers = (await up.waitForOutput(/Kafka is at (\S+)/))[1] as string;
  }, 400_000);
  afterAll(() => up.kill());

  const status = async (): Promise<SystemStatus> =>
    (await (await fetch(new URL("/api/status", url))).json()) as SystemStatus;
  const problem = async (): Promise<string | null> => (await status()).problem;

  /** Number of rows in the windows of the page. */
  async function rowsShown(): Promise<number> {
    const all = new URL(`/api/v1/windows?from_ms=0&to_ms=${Date.now() + 3_600_000}&limit=1000`, url);
    const windows = (await (await fetch(all)).json()) as Pick<WindowMessage, "ledger">[];
    return windows.reduce((rows, { ledger }) => rows + ledger.rows, 0);
  }

  async function verb(...args: string[]): Promise<void> {
    const { code, stderr } = await runCli([...args, "--state-dir", stateFolder], { folder: stateFolder });
    expect(code, stderr).toBe(0);
  }

  /** Rows of FPGA 0, one per message. */
  async function produce(rows: number): Promise<void> {
    const file = join(stateFolder, "rows.txt");
    writeFileSync(file, Array.from({ length: rows }, (_, i) => `2,0,${i % 60},${300 + i},5,5\n`).join(""));
    const pace = ["--rate", "500", "--rows-per-message", "1", "--no-resume"];
    await verb("produce", "--input", file, ...pace);
  }

  async function recreate(topic: string, partitions: number): Promise<number> {
    await verb("topics", "delete", topic, "--yes");
    await verb("topics", "create", topic, "--partitions", String(partitions));
    return performance.now();
  }

  it("close windows after the marker of a transaction", async () => {
    const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
    const inTransaction = kafka.producer({ idempotent: true, transactionalId: "tx", maxInFlightRequests: 1 });
    await inTransaction.connect();
    const transaction = await inTransaction.transaction();
    const value = "2,0,1,300,5,5\n2,0,2,300,5,5";
    await transaction.send({ topic: "data_raw", messages: [{ partition: 0, value }] });
    await transaction.commit();
    await inTransaction.disconnect();
    const plain = kafka.producer();
    await plain.connect();
    sent = 2;
    await expect
      .poll(
        async () => {
          const row = `2,1,${sent % 60},${400 + sent},5,5`;
          await plain.send({ topic: "data_raw", messages: [{ partition: 1, value: row }] });
          sent += 1;
          return rowsShown();
        },
        { timeout: 6 * windowMs + 2 * marginMs, interval: 1000 },
      )
      .toBeGreaterThan(3);
    await plain.disconnect();
    await expect.poll(rowsShown, polling).toBe(sent);
    expect(await problem()).toBeNull();
  });

  it("can be recreated: the page reads the new data_clean from its start, and reports nothing late", async () => {
    await produce(300);
    sent += 300;
    await expect.poll(rowsShown, polling).toBe(sent);
    const created = await recreate("data_clean", 1);
    await expect
      .poll(problem, { timeout: 2 * windowMs + marginMs, interval: 100 })
      .toMatch(/^topic data_clean was deleted and created again at about \d\d:\d\d:\d\d UTC/);
    console.info(`data_clean: reported after ${Math.round(performance.now() - created)} ms`);
    await produce(200);
    sent += 200;
    await expect.poll(rowsShown, polling).toBe(sent);
    expect((await status()).late).toEqual({ messages: 0, rows: 0 });
  });

  it("can be recreated: the new data_raw is reported, and the messages that the job skips are counted", async () => {
    const oldEnds = await countRecords(brokers, "data_raw");
    const before = await rowsShown();
    const created = await recreate("data_raw", 2);
    const named =
      /^topic data_raw was deleted and created again; the job skips \d+ of its messages: restart muonitor up/;
    await expect.poll(problem, { timeout: 2 * windowMs + marginMs, interval: 100 }).toMatch(named);
    console.info(`data_raw: reported after ${Math.round(performance.now() - created)} ms`);
    const { stdout } = await runCli(["status", "--state-dir", stateFolder], { folder: stateFolder });
    expect(stdout).toContain("topic data_raw was deleted and created again");
    expect(await problem()).toMatch(named);
    await expect.poll(up.output, polling).toContain("topic data_raw was deleted and created again");

    const rows = 800;
    await produce(rows);
    const skippedNow = async (): Promise<number> =>
      Number(/skips (\d+) of/.exec((await problem()) ?? "")?.[1]);
    await expect
      .poll(async () => (await rowsShown()) - before + (await skippedNow()), polling)
      .toBeGreaterThanOrEqual(rows);
    const skipped = await skippedNow();
    expect(skipped).toBeGreaterThan(0);
    expect(skipped).toBeLessThanOrEqual(oldEnds);
    expect((await status()).unread).toEqual({ raw_messages: skipped, window_rows: expect.any(Number) });
    // Skipped messages can be heartbeats, which have no rows.
    const heartbeats = (await recordsOf(brokers, "data_raw")).filter(
      ({ value }) => value?.length === 0,
    ).length;
    expect((await rowsShown()) - before + skipped - rows).toBeLessThanOrEqual(heartbeats);
  });

  it("do not prevent a normal end by Ctrl-C", async () => {
    up.interrupt();
    expect(await up.ended).toBe(0);
  });
});
