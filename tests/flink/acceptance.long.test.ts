/** The whole data path: bucket → producer → Kafka → Flink → data_clean, with an audit of every row and files of realistic size. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, it } from "vitest";
import type { Ledger } from "../../pipeline/model/index.js";
import { Simulator } from "../../producer/index.js";
import type { AuditReport } from "../../runners/flink/audit-report.js";
import { runCli } from "../cli/run-cli.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";
import { startS3Server, testKeys } from "../producer/s3/s3-server.js";
import { closeWindows, kafkaSender } from "./rows.js";
import { useStreamingSystem } from "./system.js";

const polling = { timeout: 120_000, interval: 250 };
const partitions = 4;
/** Number of rows in one object of the real data set. */
const rows = 1_310_592;
const objects = 4;
const rowsPerMessage = 1000;
const header = "HEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS\n";

/** Fills a bucket with known rows: some objects have a header, one is compressed. */
async function fillBucket(server: Awaited<ReturnType<typeof startS3Server>>): Promise<Ledger> {
  await server.makeBucket("minidt");
  const simulator = new Simulator({ seed: 11, rateHz: 100_000 });
  for (let object = 0; object < objects; object += 1) {
    const blocks: Uint8Array[] = object % 2 === 0 ? [Buffer.from(header)] : [];
    for (let left = rows / objects; left > 0;) {
      const block = simulator.next(Math.min(5000, left));
      blocks.push(block.bytes);
      left -= block.rows;
    }
    const content = Buffer.concat(blocks);
    const isPacked = object === objects - 1;
    const key = `run12/data_00000${object}.txt${isPacked ? ".gz" : ""}`;
    await server.put("minidt", key, isPacked ? gzipSync(content, { level: 1 }) : content);
  }
  return simulator.truth().ledger;
}

describeWithJava("bucket → producer → Kafka → Flink → data_clean", () => {
  const state = temporaryState();
  const system = useStreamingSystem({ partitions });
  let produceArgs: string[];
  let truth: Ledger;

  beforeAll(async () => {
    const server = await startS3Server(state);
    truth = await fillBucket(server);
    const keys = join(state, "keys.json");
    writeFileSync(
      keys,
      JSON.stringify({ access_key: testKeys.accessKeyId, secret_key: testKeys.secretAccessKey }),
    );
    produceArgs = [
      ...[
        "produce",
        "--input",
        "s3://minidt/run12/",
        "--s3-endpoint",
        server.endpoint,
        "--s3-credentials",
        keys,
      ],
      ...["--rows-per-message", String(rowsPerMessage), "--rate", "0", "--state-dir", join(state, "state")],
    ];
    return () => server.stop();
  }, 300_000);

  it("loses and duplicates no rows", async () => {
    const { bootstrapServers } = system.kafka;
    const started = performance.now();
    const produced = await runCli([...produceArgs, "--bootstrap-servers", bootstrapServers]);
    const messages = Math.ceil(rows / rowsPerMessage);
    expect(produced.code).toBe(0);
    expect(produced.stderr).toMatch(new RegExp(`${rows} rows in ${messages} messages accepted\n$`));
    const sender = kafkaSender(bootstrapServers);
    await closeWindows(sender, partitions);
    await sender.close();
    await expect.poll(() => system.watch.total().rows, polling).toBe(rows);
    console.info(`bucket to data_clean: ${((performance.now() - started) / 1000).toFixed(1)} s`);
    expect(system.watch.total()).toMatchObject(truth);

    const audited = await runCli([
      "audit",
      "--bootstrap-servers",
      bootstrapServers,
      "--settle",
      "0",
      "--json",
    ]);
    const report = JSON.parse(audited.stdout) as AuditReport;
    expect(audited.code).toBe(0);
    expect(report).toMatchObject({ complete: true, rows, wrong_ledgers: 0 });
    expect(report.sources).toHaveLength(partitions);
    for (const source of report.sources)
      expect(source).toMatchObject({ duplicates: 0, missing: [], late: [], never_sent: [], doubled: 0 });
  });
});
