/** The verbs for a job, on a real cluster: stop with a savepoint, resume with another parallelism, audit, cancel. */
import { Kafka, logLevel } from "kafkajs";
import { expect, it } from "vitest";
import { decodeTallyPane, encodeTallyPane, wholeStream, type JobOrigin } from "../../pipeline/model/index.js";
import { FlinkRest } from "../../runners/flink/rest.js";
import { asAdmin } from "../../runners/kafka/index.js";
import { runCli } from "../cli/run-cli.js";
import { recordsOf } from "../kafka/topic-content.js";
import { describeWithJava } from "../services/with-java.js";
import { useKnownStream } from "./known-stream.js";
import { useStreamingSystem } from "./system.js";

const polling = { timeout: 90_000, interval: 250 };
const partitions = 3;

describeWithJava("the verbs for a job", () => {
  const system = useStreamingSystem({ partitions });
  const known = useKnownStream(system, partitions, polling);

  const atFlink = (verb: string, ...args: string[]): ReturnType<typeof runCli> =>
    runCli([verb, "--flink-master", system.flink.master, ...args]);
  it("jobs shows the job with its checkpoint", async () => {
    const { code, stdout } = await atFlink("jobs", "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { id: system.jobId, state: "RUNNING" }]);
    expect((await atFlink("jobs", "--stream", "test")).stdout).toMatch(
      /RUNNING +muonitor-test +since .*checkpoint .* s ago/,
    );
  });

  it("submit refuses a second job of the same name", async () => {
    await expect(system.submit()).rejects.toThrow(/a job muonitor-test already exists/);
  });

  // Repeated, because a stop by Flink itself loses rows only if its last watermark arrives before a bundle ends.
  it.each([2, 1, 2])(
    "savepoint --stop and submit --from-savepoint resume, parallelism %i",
    async (parallelism) => {
      await known.moreWindows(1);
      const { code, stdout, stderr } = await atFlink("savepoint", "--stop");
      expect([code, stderr]).toEqual([0, expect.stringMatching(/has stopped\n$/)]);
      await system.submit({ savepointPath: stdout.trim(), parallelism });
      await known.moreWindows(1);
    },
  );

  it("audit finds every message, and every row is in the windows once", async () => {
    await known.expectEach();
    const { code, stdout } = await runCli([
      "audit",
      ...["--bootstrap-servers", system.kafka.bootstrapServers, "--settle", "0"],
    ]);
    console.info(stdout.trim());
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^every message is accounted for: [^\n]*\n$/)]);
  });

  it("submit keeps the start of the results in the tally through all savepoints", async () => {
    const records = await recordsOf(system.kafka.bootstrapServers, "data_clean_tally");
    const origins = records.map(({ value }) => JSON.stringify(decodeTallyPane(String(value))?.origin));
    expect(new Set(origins).size).toBe(1);
    const { begin, partitions: read } = JSON.parse(origins[0] ?? "null") as JobOrigin;
    expect(read).toBe(partitions);
    for (const { window, partial } of system.watch.seen)
      expect(partial).toBe(window.start_ms < begin.wholeFromMs);
  });

  it("cancel ends the job", async () => {
    expect(await atFlink("cancel", "--stream", "test")).toMatchObject({ code: 0, stderr: "" });
    expect(await atFlink("cancel")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no job runs"),
    });
  });

  it("submit leaves no job behind after Ctrl-C, even if the cluster has accepted it", async () => {
    const interrupt = new AbortController();
    const { signal } = interrupt;
    const log = (line: string): void => {
      if (line.includes(" submitted; waiting ")) interrupt.abort();
    };
    const jobName = "muonitor-interrupted";
    await expect(system.submit({ jobName, signal, log })).rejects.toMatchObject({ name: "AbortError" });
    const jobs = (await new FlinkRest(system.flink.master).jobs()).filter(({ name }) => name === jobName);
    expect(jobs.map(({ state }) => state)).toEqual(["CANCELED"]);
  });

  it("submit fails with an error if its savepoint is missing", async () => {
    const savepointPath = "file:///proc/nowhere/savepoint";
    await expect(system.submit({ savepointPath })).rejects.toThrow(
      /^[^\n]*\/proc\/nowhere\/savepoint[^\n]*$/,
    );
  });

  it("submit refuses a savepoint of a job that had fewer partitions", async () => {
    const savepointPath = "file:///of/other/partitions";
    await asAdmin(system.access, (admin) =>
      admin.createPartitions({ topicPartitions: [{ topic: "data_raw", count: partitions + 1 }] }),
    );
    await expect(system.submit({ savepointPath })).rejects.toThrow(
      /^topic data_raw has 4 partitions, but the job of the savepoint had 3: /,
    );
  });

  it("submit refuses a savepoint with partial results in an older format, according to the tally of its job", async () => {
    const pane = { stream: "test", pane: 1, windows: [] };
    const older: JobOrigin = { begin: wholeStream, partitions: partitions + 1 };
    const kafka = new Kafka({ brokers: [system.kafka.bootstrapServers], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const value = encodeTallyPane({ ...pane, origin: older });
    await producer.send({ topic: "data_clean_tally", messages: [{ value, partition: 0 }] });
    await producer.disconnect();
    const args = ["--bootstrap-servers", system.kafka.bootstrapServers, "--stream", "test"];
    const topics = ["--raw-topic", "data_raw", "--clean-topic", "data_clean"];
    const { code, stdout, stderr } = await atFlink(
      "submit",
      ...[...args, ...topics, "--state-dir", system.stateFolder, "--worker-pool", system.pool.address],
      ...["--from-savepoint", "file:///of/an/older/version"],
    );
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /^muonitor: the savepoint is from an older Muonitor: its partial results have format 1, not 2; [^\n]*\n$/m,
    );
  });
});
