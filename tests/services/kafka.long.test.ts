import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  cleanTopic,
  ensureTopics,
  isListening,
  rawTopic,
  startKafka,
  type KafkaNode,
} from "../../runners/services/index.js";
import { ClassArchive } from "../../runners/services/class-archive.js";
import { environmentOf } from "../../runners/services/options.js";
import { freePort } from "../../runners/services/ports.js";
import { buildNodePart, builtUrl } from "../helpers/build.js";
import { describeWithJava, expectNoProcess, processesWith, temporaryState } from "./with-java.js";

describeWithJava("a Kafka node", () => {
  const stateFolder = temporaryState();
  const otherFolder = temporaryState();
  const takenFolder = temporaryState();
  let node: KafkaNode;
  let kafka: Kafka;
  let startedMs = 0;

  beforeAll(async () => {
    // The time to fetch the jars does not count.
    await (await startKafka({ stateFolder })).part.stop();
    const began = performance.now();
    node = await startKafka({ stateFolder, fresh: true });
    startedMs = performance.now() - began;
    kafka = new Kafka({ brokers: [node.bootstrapServers], logLevel: logLevel.NOTHING });
  });

  afterAll(() => node.part.stop());

  async function produce(topic: string, values: readonly string[]): Promise<void> {
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value, partition: 0 })) });
    await producer.disconnect();
  }

  /** All values of a topic's partition 0, in order of offset. */
  async function consume(topic: string, count: number): Promise<string[]> {
    const consumer = kafka.consumer({ groupId: `${topic}-${performance.now()}` });
    const values: string[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const eachMessage = ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
        if (values.push(String(message.value)) === count) resolve();
        return Promise.resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await consumer.disconnect();
    return values;
  }

  // 6 s on an idle machine with two cores.
  it("answers soon", () => {
    expect(startedMs).toBeLessThan(5 * 6000);
  });

  it.runIf(process.platform === "linux")("starts with an archive of its classes", async () => {
    const environment = await environmentOf({ stateFolder }, "kafka", "kafka");
    const recorded = join(environment.folder, "kafka.classes");
    const archive = ClassArchive.of("kafka.Kafka", environment, recorded);
    // Another test may be making it.
    await expect
      .poll(() => archive?.make().then(() => archive.useFlags), { timeout: 120_000 })
      .toHaveLength(3);
    await node.part.restart();
    expect(readFileSync(`/proc/${node.part.pid}/maps`, "utf8")).toMatch(/\/archives\/kafka\.Kafka-.*\.jsa$/m);
  });

  it.runIf(process.platform === "linux")("ignores an archive that is damaged in its middle", async () => {
    const environment = await environmentOf({ stateFolder }, "kafka", "kafka");
    const archive = ClassArchive.of("kafka.Kafka", environment, join(environment.folder, "kafka.classes"));
    const [, file = ""] = archive?.useFlags[1]?.split("=") ?? [];
    const damaged = join(takenFolder, "damaged.jsa");
    const bytes = readFileSync(file);
    writeFileSync(damaged, bytes.fill(0, bytes.length >> 1, (bytes.length >> 2) * 3));
    const flags = archive?.useFlags.map((flag) => flag.replace(file, damaged)) ?? [];
    const args = [...flags, "-cp", environment.classPath.join(delimiter), "kafka.Kafka"];
    const { signal, stdout, stderr } = spawnSync(environment.java, args, { encoding: "utf8" });
    expect(signal).toBeNull();
    expect(stdout + stderr).toContain("USAGE");
  });

  it("creates no topic automatically", async () => {
    await expect(produce("never_made", ["1"])).rejects.toThrow();
  });

  it("returns the written records, even after a crash", async () => {
    expect(await ensureTopics(node.bootstrapServers, [rawTopic(3), cleanTopic()])).toEqual([]);
    await produce("data_raw", ["one", "two"]);
    expect(await consume("data_raw", 2)).toEqual(["one", "two"]);
    const crashed = node.part.pid;
    await node.part.kill9();
    await expectNoProcess(stateFolder);
    await node.part.restart();
    expect(node.part.pid).not.toBe(crashed);
    await produce("data_raw", ["three"]);
    expect(await consume("data_raw", 3)).toEqual(["one", "two", "three"]);
  });

  it("refuses records with timestamps in the future", async () => {
    await ensureTopics(node.bootstrapServers, [rawTopic(1, "stamped")]);
    const producer = kafka.producer({ retry: { retries: 0 } });
    await producer.connect();
    const messages = [{ value: "1", timestamp: String(Date.now() + 120_000) }];
    await expect(producer.send({ topic: "stamped", messages })).rejects.toThrow(/timestamp/i);
    await producer.disconnect();
  });

  it("reports wrong settings of existing topics", async () => {
    const { bootstrapServers } = node;
    await ensureTopics(bootstrapServers, [rawTopic(2, "fits")]);
    expect(await ensureTopics(bootstrapServers, [rawTopic(2, "fits")])).toEqual([]);
    const other = { ...cleanTopic("fits"), partitions: 4 };
    expect(await ensureTopics(bootstrapServers, [other])).toEqual([
      "topic fits has 2 partitions instead of 4",
      "topic fits has cleanup.policy=delete instead of compact,delete",
    ]);
  });

  it("reports in one line that a port is in use", async () => {
    const port = Number(node.bootstrapServers.split(":")[1]);
    await expect(startKafka({ stateFolder, port })).rejects.toThrow(
      `port ${port}, needed for Kafka, is in use`,
    );
  });

  it("names the cause if its port is taken during its start", async () => {
    const [host, port] = node.bootstrapServers.split(":");
    const controller = `${host}:${await freePort()}`;
    const settings = {
      listeners: `CLIENTS://${host}:${port},CONTROLLER://${controller}`,
      "controller.quorum.voters": `1@${controller}`,
    };
    // Chosen ports are tried three times; these settings make all of them fail.
    await expect(startKafka({ stateFolder: takenFolder, settings })).rejects.toThrow(
      /^Kafka ended during its start: .*Address already in use \(log: \S+\)$/,
    );
  });

  it("reports in one line why it cannot start", async () => {
    const settings = { "log.retention.ms": "soon" };
    await expect(startKafka({ stateFolder: otherFolder, settings })).rejects.toThrow(
      /^Kafka cannot prepare its data folder: .*Invalid value soon for configuration log\.retention\.ms.*$/,
    );
  });

  it("ends soon after the process that started it was killed", async () => {
    await buildNodePart();
    const program = `import { startKafka } from ${JSON.stringify(builtUrl("runners/services/index.js"))};
      const { bootstrapServers } = await startKafka({ stateFolder: ${JSON.stringify(otherFolder)} });
      console.log(bootstrapServers); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(parent.stdout, "data");
    expect(processesWith(join(otherFolder, "kafka", "tmp"))).not.toEqual([]);
    parent.kill("SIGKILL");
    await expectNoProcess(join(otherFolder, "kafka", "tmp"), 20_000);
  });

  it("leaves no process and no open port behind when it is stopped", async () => {
    await node.part.stop();
    await expectNoProcess(stateFolder);
    expect(await isListening(Number(node.bootstrapServers.split(":")[1]))).toBe(false);
  });
});
