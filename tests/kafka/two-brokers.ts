/** Two brokers for tests: the first is also the controller, the second can be killed. */
import { join } from "node:path";
import { expect, vi } from "vitest";
import { asAdmin } from "../../runners/kafka/index.js";
import { freePorts, loopback, startKafka, type KafkaNode } from "../../runners/services/index.js";
import { newClusterId } from "../../runners/services/kafka.js";

export interface TwoBrokers {
  /** Addresses of both brokers, separated by a comma. */
  bootstrapServers: string;
  second: KafkaNode;
  /** Creates a topic with replicas on both brokers, and waits until they are in sync. */
  createTopic(topic: string, partitions: number): Promise<void>;
  /** Number of partitions that a broker (1 or 2) leads. */
  ledBy(broker: number, topic: string): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Short timeouts, so that the controller soon detects a dead broker; but a live one on a busy machine can be silent for several
 * seconds, and with it the last replica in sync would be lost.
 */
const quickDetection = { "broker.session.timeout.ms": 9000, "broker.heartbeat.interval.ms": 500 };

export async function startTwoBrokers(stateFolder: string): Promise<TwoBrokers> {
  const [controller, one, two] = (await freePorts(3)) as [number, number, number];
  const voters = { "controller.quorum.voters": `1@${loopback}:${controller}`, ...quickDetection };
  const clusterId = newClusterId();
  const first = await startKafka({
    stateFolder: join(stateFolder, "one"),
    clusterId,
    port: one,
    settings: {
      ...voters,
      listeners: `CLIENTS://${loopback}:${one},CONTROLLER://${loopback}:${controller}`,
    },
  });
  const second = await startKafka({
    stateFolder: join(stateFolder, "two"),
    clusterId,
    port: two,
    settings: {
      ...voters,
      "process.roles": "broker",
      "node.id": 2,
      listeners: `CLIENTS://${loopback}:${two}`,
    },
  });
  const access = { bootstrapServers: first.bootstrapServers };
  return {
    bootstrapServers: `${first.bootstrapServers},${second.bootstrapServers}`,
    second,
    createTopic: (topic, partitions) =>
      asAdmin(access, async (admin) => {
        const replicaAssignment = Array.from({ length: partitions }, (_, partition) => ({
          partition,
          // The second broker leads the even partitions.
          replicas: partition % 2 === 0 ? [2, 1] : [1, 2],
        }));
        await admin.createTopics({ waitForLeaders: true, topics: [{ topic, replicaAssignment }] });
        await vi.waitFor(
          async () => {
            const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
            const inSync = topics.flatMap((one) => one.partitions.map(({ isr }) => isr.length));
            expect(inSync).toEqual(replicaAssignment.map(() => 2));
          },
          { timeout: 60_000, interval: 100 },
        );
      }),
    ledBy: (broker, topic) =>
      asAdmin(access, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics[0]?.partitions.filter(({ leader }) => leader === broker).length ?? 0;
      }),
    stop: async () => {
      await second.part.stop();
      await first.part.stop();
    },
  };
}
