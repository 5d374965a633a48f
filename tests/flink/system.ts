/** A whole streaming system for tests: Kafka, Flink, Beam's services, our worker pool, and the job. */
import { Kafka, logLevel, type Consumer } from "kafkajs";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import { streamWindows, submitPipeline } from "../../pipeline/beam/index.js";
import type { RawRecord, WindowMessage } from "../../pipeline/model/index.js";
import type { RecordSender } from "../../producer/index.js";
import {
  cleanTopic,
  ensureTopics,
  rawTopic,
  startExpansionService,
  startFlink,
  startJobServer,
  startKafka,
  type BeamService,
  type FlinkCluster,
  type KafkaNode,
} from "../../runners/parts/index.js";
import { WorkerPool } from "../../runners/worker/pool.js";

export interface StreamingSystem {
  kafka: KafkaNode;
  flink: FlinkCluster;
  pool: WorkerPool;
  log: string[];
  stop(): Promise<void>;
}

export const streamingConfig: PipelineConfig = { ...defaultPipelineConfig, windowMs: 2000, orbitShards: 4 };

export async function startStreaming(stateFolder: string, partitions: number): Promise<StreamingSystem> {
  const log: string[] = [];
  const pool = new WorkerPool({ port: 0, log: (line) => log.push(line) });
  await pool.start();
  const [kafka, flink] = await Promise.all([
    startKafka({ stateFolder }),
    startFlink({ stateFolder, taskManagers: 1, slots: 2 }),
  ]);
  await ensureTopics(kafka.bootstrapServers, [rawTopic(partitions), cleanTopic()]);
  const services = await Promise.all([
    startJobServer({ stateFolder, flinkMaster: flink.master }),
    startExpansionService({ stateFolder }),
  ]);
  await submit(kafka, services, pool);
  return {
    kafka,
    flink,
    pool,
    log,
    stop: async () => {
      await Promise.all(services.map(({ part }) => part.stop()));
      await flink.stop();
      await pool.stop();
      await kafka.part.stop();
    },
  };
}

async function submit(
  kafka: KafkaNode,
  [jobServer, expansion]: BeamService[],
  pool: WorkerPool,
): Promise<void> {
  const brokers = ["bootstrap.servers", kafka.bootstrapServers] as const;
  await submitPipeline(
    (root) =>
      streamWindows(root, {
        config: streamingConfig,
        stream: "test",
        allowedLatenessMs: 60_000,
        rawTopic: "data_raw",
        cleanTopic: "data_clean",
        consumer: new Map([
          brokers,
          ["group.id", "muonitor"],
          ["auto.offset.reset", "earliest"],
          ["enable.auto.commit", "false"],
        ]),
        producer: new Map([brokers, ["acks", "all"]]),
        timestamps: "CreateTime",
        expansionService: expansion!.address,
      }),
    {
      jobName: "muonitor-test",
      jobServer: jobServer!.address,
      workerPool: pool.address,
      runnerOptions: {
        streaming: true,
        parallelism: 1,
        maxBundleSize: "1000",
        maxBundleTimeMills: "50",
        checkpointingInterval: "1000",
        numberOfExecutionRetries: "100",
        executionRetryDelay: "1000",
      },
    },
  );
}

function client(bootstrapServers: string): Kafka {
  return new Kafka({ brokers: bootstrapServers.split(","), logLevel: logLevel.NOTHING });
}

/** Sends records with one request in flight per call, in order. */
export async function kafkaSender(bootstrapServers: string): Promise<RecordSender> {
  const producer = client(bootstrapServers).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  return {
    send: async (records: readonly RawRecord[]) => {
      const messages = records.map(({ key, value, timestampMs, partition }) => ({
        key: key === null ? null : Buffer.from(key),
        value: Buffer.from(value),
        timestamp: String(timestampMs),
        partition,
      }));
      await producer.send({ topic: "data_raw", messages, acks: -1 });
    },
    close: () => producer.disconnect(),
  };
}

/** The newest message of every window, as they come. */
export async function watchWindows(
  bootstrapServers: string,
): Promise<{ newest: Map<number, WindowMessage>; seen: WindowMessage[]; consumer: Consumer }> {
  const consumer = client(bootstrapServers).consumer({ groupId: `watch-${Date.now()}` });
  const newest = new Map<number, WindowMessage>();
  const seen: WindowMessage[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic: "data_clean", fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      const window = JSON.parse(String(message.value)) as WindowMessage;
      newest.set(window.msg_ID, window);
      seen.push(window);
      return Promise.resolve();
    },
  });
  return { newest, seen, consumer };
}
