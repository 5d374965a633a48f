/** `process` on existing clusters, from a bucket and a topic: output as from the direct runner; the clusters keep running. */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { checkReference } from "../../../dashboard/bridge/monitor/check-reference.js";
import type { Reference } from "../../../pipeline/model/index.js";
import { Simulator } from "../../../producer/index.js";
import { FlinkRest, hasEnded } from "../../../runners/flink/rest.js";
import { KafkaSender } from "../../../runners/kafka/index.js";
import {
  ensureTopics,
  rawTopic,
  startFlink,
  startKafka,
  type FlinkCluster,
  type KafkaNode,
} from "../../../runners/services/index.js";
import { startMuonitor } from "../../cli/real-process.js";
import { runCli } from "../../cli/run-cli.js";
import { examplesFolder, pairsIn } from "../../golden/pairs.js";
import { buildNodePart } from "../../helpers/build.js";
import { scratchFolder } from "../../helpers/scratch.js";
import { describeWithJava, temporaryState } from "../../services/with-java.js";
import { withoutEmittedMs } from "../../reference/compare.js";
import { startS3Server, testKeys, type S3Server } from "../../producer/s3/s3-server.js";
import { startSparkCluster, type SparkCluster } from "./spark-cluster.js";

const scratch = scratchFolder();
const polling = { timeout: 120_000, interval: 200 };
const topic = "some_rows";
const partitions = 3;
const workers = ["--workers", "2"];

interface Processed {
  lines: string[];
  summary: unknown;
}

describeWithJava("existing clusters", () => {
  const state = temporaryState();
  const examples = scratch.folder("examples");
  let flink: FlinkCluster;
  let spark: SparkCluster;
  let s3: S3Server;
  let kafka: KafkaNode;
  let ofFiles: Processed;
  let ofTopic: Processed;
  let fromBucket: string[];
  let fromTopic: string[];

  beforeAll(async () => {
    for (const { path } of pairsIn(examplesFolder)) copyFileSync(path, join(examples, basename(path)));
    await buildNodePart();
    [flink, spark, s3, kafka] = await Promise.all([
      startFlink({ stateFolder: join(state, "flink"), slots: 2 }),
      startSparkCluster(join(state, "spark"), 2),
      startS3Server(join(state, "s3")),
      startKafka({ stateFolder: join(state, "kafka") }),
    ]);
    fromBucket = await fillBucket();
    fromTopic = await fillTopic();
    ofFiles = await processed("--input", examples);
    ofTopic = await processed(...fromTopic);
  }, 300_000);

  afterAll(() => Promise.all([flink.stop(), spark.stop(), s3.stop(), kafka.part.stop()]), 120_000);

  /** Puts the examples into a bucket. @returns options that read it */
  async function fillBucket(): Promise<string[]> {
    const { accessKeyId, secretAccessKey } = testKeys;
    const keys = join(state, "keys.json");
    writeFileSync(keys, JSON.stringify({ access_key: accessKeyId, secret_key: secretAccessKey }));
    await s3.makeBucket("telescope");
    for (const { path, name } of pairsIn(examplesFolder))
      await s3.put("telescope", `run12/${name}`, readFileSync(path));
    await s3.put("telescope", "run13/other.txt", "2,0,1,5,5,5\n");
    const access = ["--s3-endpoint", s3.endpoint, "--s3-credentials", keys];
    return ["--input", "s3://telescope/run12/", ...access];
  }

  /** Fills a topic with more messages than the range to be read. @returns options that read the range */
  async function fillTopic(): Promise<string[]> {
    const { bootstrapServers } = kafka;
    await ensureTopics(bootstrapServers, [rawTopic(partitions, topic)]);
    const simulator = new Simulator({ seed: 7, rateHz: 2000 });
    const sender = new KafkaSender({ bootstrapServers, topic });
    const beginMs = Date.now() - 30_000;
    const records = Array.from({ length: 600 }, (_, i) => ({
      key: new TextEncoder().encode(`m1:test:1:${i % partitions}:${Math.floor(i / partitions)}`),
      value: simulator.next(20).bytes,
      timestampMs: beginMs + i * 40,
      partition: i % partitions,
    }));
    await sender.send(records);
    await sender.close();
    const range = ["--from", "0=10,earliest", "--to", "2=150,latest", "--time", "arrival"];
    return ["--input", "kafka", "--bootstrap-servers", bootstrapServers, "--topic", topic, ...range];
  }

  async function processed(...args: string[]): Promise<Processed> {
    const [output, summary] = [join(scratch.path, "out.jsonl"), join(scratch.path, "out.json")];
    const files = ["--output", output, "--summary", summary, "--state-dir", scratch.path];
    const { code, stderr } = await runCli(["process", ...args, ...files]);
    expect(code, stderr).toBe(0);
    const lines = readFileSync(output, "utf8").trimEnd().split("\n");
    return { lines: lines.map(withoutEmittedMs), summary: JSON.parse(readFileSync(summary, "utf8")) };
  }

  it("are compared with results of known size", () => {
    expect(ofFiles.lines.length).toBeGreaterThan(3);
    // 600 messages of 20 rows, without 10 of one partition and 50 of another.
    expect(ofTopic.summary).toMatchObject({ rows: (600 - 10 - 50) * 20 });
  });

  it("the direct runner gives the same result for a bucket as for its files", async () => {
    expect(await processed(...fromBucket)).toEqual(ofFiles);
  });

  it("Flink gives the same result for a bucket, saves a reference, and its cluster keeps running", async () => {
    const onFlink = ["--runner", "flink", "--flink-master", flink.master, ...workers];
    expect(await processed(...fromBucket, ...onFlink, "--save-reference", "on-flink")).toEqual(ofFiles);
    const file = join(scratch.path, "references", "on-flink.json");
    const reference = JSON.parse(readFileSync(file, "utf8")) as Reference;
    expect(checkReference(reference)).toBeNull();
    expect(reference.windows).toBe(ofFiles.lines.length);
    const rest = new FlinkRest(flink.master);
    expect((await rest.jobs()).map(hasEnded)).toEqual([true]);
    await expect.poll(() => rest.slots(), polling).toMatchObject({ taskmanagers: 1, "slots-available": 2 });
    expect([flink.jobManager.isRunning, flink.taskManagers[0]?.isRunning]).toEqual([true, true]);
  });

  it("Spark gives the same result for a range of a topic, and its cluster keeps running", async () => {
    const onSpark = ["--runner", "spark", "--spark-master", spark.master, ...workers];
    expect(await processed(...fromTopic, ...onSpark)).toEqual(ofTopic);
    const idle = { status: "ALIVE", aliveworkers: 1, coresused: 0 };
    await expect.poll(() => spark.state(), polling).toMatchObject(idle);
    const { activeapps, completedapps } = await spark.state();
    expect([activeapps.length, completedapps.length]).toEqual([0, 1]);
  });

  it("Spark with `local[*]` gives the same result for files, and leaves the shared folder empty", async () => {
    const shared = scratch.folder("shared");
    const local = ["--runner", "spark", "--spark-master", "local[*]", "--shared-dir", shared, ...workers];
    expect(await processed("--input", examples, ...local)).toEqual(ofFiles);
    expect(readdirSync(shared)).toEqual([]);
  });

  /** Starts a run that cannot make progress and ends it by Ctrl-C. @returns its log */
  async function interrupted(waiting: RegExp, ...args: string[]): Promise<string> {
    const files = ["--output", join(scratch.path, "none.jsonl"), "--state-dir", scratch.path];
    const run = startMuonitor(["process", "--input", examples, ...args, ...files], scratch.path);
    onTestFinished(() => run.signal("SIGKILL"));
    await expect.poll(run.stderr, polling).toMatch(waiting);
    run.signal("SIGINT");
    expect(await run.ended).toBe(130);
    return run.stderr();
  }

  it("Flink without enough slots is reported at once; a run requests no more slots than it has pieces", async () => {
    const onFlink = ["--runner", "flink", "--flink-master", flink.master, "--workers", "3"];
    const logged = await interrupted(/waiting for slots/, ...onFlink);
    const where = `Flink at ${flink.master} has 2 of 2 free, but the run needs 3; --workers 2 would fit`;
    expect(logged).toContain(`waiting for slots: ${where}`);
    await expect
      .poll(() => new FlinkRest(flink.master).slots(), polling)
      .toMatchObject({
        "slots-available": 2,
      });
    const one = scratch.write("one.csv", "2,0,1,5,5,5\n");
    expect((await processed("--input", one, ...onFlink)).summary).toMatchObject({ rows: 1 });
  });

  it("Spark without a free core is reported", async () => {
    await spark.stopWorker();
    const onSpark = ["--runner", "spark", "--spark-master", spark.master, ...workers];
    await interrupted(/waiting for cores: spark:\S+ has none free/, ...onSpark);
  });
});
