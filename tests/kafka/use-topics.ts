/** A Kafka for the tests of one file, and the verbs for its topics. */
import { Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, expect } from "vitest";
import { startKafka, type KafkaNode, type KafkaRelease } from "../../runners/services/index.js";
import { runCli, type CliOutcome } from "../cli/run-cli.js";
import { scratchFolder, type Scratch } from "../helpers/scratch.js";
import { temporaryState } from "../services/with-java.js";

interface TopicsBench {
  stateFolder: string;
  scratch: Scratch;
  node: () => KafkaNode;
  kafka: () => Kafka;
  bootstrapServers: () => string;
  /** Runs `topics VERB`. */
  topics: (verb: string, ...args: string[]) => Promise<CliOutcome>;
  /** The lines that a verb prints. @throws if it does not succeed */
  linesOf: (verb: string, ...args: string[]) => Promise<string[]>;
  /** @param id transactional id */
  withProducer: (work: (producer: Producer) => Promise<void>, id?: string) => Promise<void>;
}

/** Call it at the top of a group of tests. */
export function useTopics(release: KafkaRelease = "kafka"): TopicsBench {
  const stateFolder = temporaryState();
  const scratch = scratchFolder();
  let node: KafkaNode;
  let kafka: Kafka;
  beforeAll(async () => {
    const settings = { "log.cleaner.backoff.ms": 100, "log.cleaner.min.compaction.lag.ms": 0 };
    node = await startKafka({ stateFolder, settings, release });
    kafka = new Kafka({ brokers: [node.bootstrapServers], logLevel: logLevel.NOTHING });
  }, 300_000);
  afterAll(() => node.part.stop());
  const topics = (verb: string, ...args: string[]): Promise<CliOutcome> =>
    runCli(["topics", verb, ...args, "--bootstrap-servers", node.bootstrapServers], { folder: scratch.path });
  return {
    stateFolder,
    scratch,
    node: () => node,
    kafka: () => kafka,
    bootstrapServers: () => node.bootstrapServers,
    topics,
    linesOf: async (verb, ...args) => {
      const { code, stdout, stderr } = await topics(verb, ...args);
      expect([code, stderr]).toEqual([0, ""]);
      return stdout.split("\n").slice(0, -1);
    },
    withProducer: async (work, id) => {
      // Idempotent, because a request is repeated completely if one of its partitions has no leader yet.
      const once = { idempotent: true, maxInFlightRequests: 1 };
      const producer = kafka.producer(id === undefined ? once : { ...once, transactionalId: id });
      await producer.connect();
      await work(producer);
      await producer.disconnect();
    },
  };
}
