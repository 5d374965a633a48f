/** Two brokers for tests: the first is also the controller, the second can be killed. */
import { join } from "node:path";
import { asAdmin } from "../../runners/kafka/index.js";
import { freePorts, loopback, startKafka, type KafkaNode } from "../../runners/services/index.js";
import { newClusterId } from "../../runners/services/kafka.js";

export interface TwoBrokers {
  /** Addresses of both brokers, separated by a comma. */
  bootstrapServers: string;
  second: KafkaNode;
  /** A topic with replicas on both brokers. */
  createTopic(topic: string, partitions: number): Promise<void>;
  /** Number of partitions that a broker (1 or 2) leads. */
  ledBy(broker: number, topic: string): Promise<number>;
  stop(): Promise<void>;
}

/** Short timeouts, so that the controller detects a dead broker within seconds. */
const quickDetection = { "broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 500 };

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
