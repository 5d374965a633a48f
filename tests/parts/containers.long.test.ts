/** Kafka and Flink as containers, by the compose file of the project: skipped where there is no container engine. */
import { fileURLToPath } from "node:url";
import { DockerComposeEnvironment, getContainerRuntimeClient } from "testcontainers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FlinkRest } from "../../runners/flink/rest.js";
import { asAdmin } from "../../runners/kafka/index.js";
import { ensureTopics, rawTopic } from "../../runners/parts/index.js";

const engine = await getContainerRuntimeClient().then(
  () => true,
  () => false,
);
const folder = fileURLToPath(new URL("../../infra", import.meta.url));
const bootstrapServers = "127.0.0.1:9092";
const patience = { timeout: 60_000, interval: 500 };

describe.skipIf(!engine)(`the containers${engine ? "" : " (skipped: no container engine)"}`, () => {
  let stop = (): Promise<unknown> => Promise.resolve();
  beforeAll(async () => {
    const environment = await new DockerComposeEnvironment(folder, "compose.yaml").withBuild().up();
    stop = () => environment.down({ removeVolumes: true });
  }, 1_200_000);
  afterAll(() => stop(), 120_000);

  it("hold a Kafka that takes topics", async () => {
    expect(await ensureTopics(bootstrapServers, [rawTopic(2)])).toEqual([]);
    const names = await asAdmin({ bootstrapServers }, (admin) => admin.listTopics());
    expect(names).toContain("data_raw");
  });

  it("hold a Flink with slots", async () => {
    const flink = new FlinkRest("127.0.0.1:8081");
    await expect.poll(() => flink.slots(), patience).toMatchObject({ "slots-available": 2 });
  });
});
