/** Kafka, Flink and a job on them as containers, by the compose file of the project: skipped where there is no engine. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  DockerComposeEnvironment,
  getContainerRuntimeClient,
  type StartedDockerComposeEnvironment,
} from "testcontainers";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { FlinkRest } from "../../runners/flink/rest.js";
import { asAdmin } from "../../runners/kafka/index.js";
import { cleanTopic, ensureTopics, rawTopic } from "../../runners/services/index.js";
import { closeWindows, produceKnownRows } from "../flink/rows.js";
import { Watch } from "../flink/watch.js";

const run = promisify(execFile);
const engine = await getContainerRuntimeClient().then(
  () => true,
  () => false,
);
const folder = fileURLToPath(new URL("../../infra", import.meta.url));
const project = "muonitor-containers";
const bootstrapServers = "127.0.0.1:9092";
const partitions = 2;
const patience = { timeout: 120_000, interval: 500 };

describe.skipIf(!engine)(`the containers${engine ? "" : " (skipped: no container engine)"}`, () => {
  let environment: StartedDockerComposeEnvironment | null = null;
  beforeAll(async () => {
    const composed = new DockerComposeEnvironment(folder, "compose.yaml").withProjectName(project);
    environment = await composed.withBuild().up();
  }, 1_200_000);
  afterAll(() => environment?.down({ removeVolumes: true }), 120_000);

  it("hold a Kafka that takes topics", async () => {
    expect(await ensureTopics(bootstrapServers, [rawTopic(partitions), cleanTopic()])).toEqual([]);
    const names = await asAdmin({ bootstrapServers }, (admin) => admin.listTopics());
    expect(names).toContain("data_raw");
  });

  it("hold a Flink with slots", async () => {
    const flink = new FlinkRest("127.0.0.1:8081");
    await expect.poll(() => flink.slots(), patience).toMatchObject({ "slots-available": 2 });
  });

  it("run a job that counts every row, also when the TaskManager is started again", async () => {
    const watch = await Watch.start({ bootstrapServers });
    onTestFinished(() => watch.stop());
    const known = produceKnownRows(bootstrapServers, partitions);
    onTestFinished(() => known.sender.close());
    const submit = ["compose", "-p", project, "-f", "compose.yaml", "run", "--rm", "-T", "submit"];
    await run("docker", [...submit, "--window", "2"], { cwd: folder });
    const moreWindows = async (): Promise<void> => {
      const before = watch.withRows().length;
      await expect.poll(() => watch.withRows().length, patience).toBeGreaterThan(before + 3);
    };
    await moreWindows();
    await environment?.getContainer("taskmanager-1").restart();
    await moreWindows();
    await known.production.stop();
    await closeWindows(known.sender, partitions);
    await expect.poll(() => watch.total().rows, patience).toBe(known.simulator.truth().ledger.rows);
  });
});
