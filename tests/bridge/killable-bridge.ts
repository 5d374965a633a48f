/** The verb `bridge` as a separate process on a real Kafka, for tests that kill and restart it. */
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { cleanKey, topicsOf, type WindowMessage } from "../../pipeline/model/index.js";
import { createKafka } from "../../runners/kafka/index.js";
import {
  cleanTopic,
  ensureTopics,
  startKafka,
  type KafkaNode,
  type KafkaOptions,
} from "../../runners/services/index.js";
import { startMuonitor, type RealProcess } from "../cli/real-process.js";
import { temporaryState } from "../services/with-java.js";

export const polling = { timeout: 120_000, interval: 200 };
const stream = "test";
export const topic = topicsOf(stream).cleanTopic;

interface KillableOptions {
  settings?: NonNullable<KafkaOptions["settings"]>;
  /** Additional settings of the topic. */
  config?: Readonly<Record<string, string>>;
}

class KillableBridge {
  node!: KafkaNode;
  url = "";
  private running: RealProcess | null = null;

  constructor(private readonly stateFolder: string) {}

  async start(): Promise<void> {
    const { bootstrapServers } = this.node;
    const args = ["bridge", "--bootstrap-servers", bootstrapServers, "--stream", stream, "--port", "0"];
    const running = startMuonitor([...args, "--state-dir", this.stateFolder], this.stateFolder);
    this.running = running;
    await expect.poll(() => running.stdout(), polling).toMatch(/^Muonitor shows test at http:\S+\n$/);
    this.url = /http:\S+/.exec(running.stdout())![0];
  }

  async kill(): Promise<void> {
    this.running?.signal("SIGKILL");
    await this.running?.ended;
    this.running = null;
  }

  async publish(messages: readonly WindowMessage[]): Promise<void> {
    const producer = createKafka({ bootstrapServers: this.node.bootstrapServers }, "test").producer();
    await producer.connect();
    const records = messages.map((message) => ({
      key: cleanKey(stream, message.window.start_ms),
      value: JSON.stringify(message),
    }));
    await producer.send({ topic, acks: -1, messages: records });
    await producer.disconnect();
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch(new URL(path, this.url))).json()) as T;
  }

  async total(): Promise<number> {
    return (await this.get<{ totals: { windows: number } }>("/api/v1/state")).totals.windows;
  }
}

/** Kafka with an empty topic of windows, for all tests of a suite; the bridge is not started yet. */
export function useKillableBridge({ settings = {}, config = {} }: KillableOptions = {}): KillableBridge {
  const stateFolder = temporaryState();
  const bridge = new KillableBridge(temporaryState());
  beforeAll(async () => {
    bridge.node = await startKafka({ stateFolder, settings });
    const usual = cleanTopic(topic);
    await ensureTopics(bridge.node.bootstrapServers, [{ ...usual, config: { ...usual.config, ...config } }]);
  }, 300_000);
  afterEach(() => bridge.kill());
  afterAll(() => bridge.node.part.stop());
  return bridge;
}
