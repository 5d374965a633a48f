/** Rows of a known answer, into the topic of a test's system. */
import kafkajs from "kafkajs";
import type { RawRecord } from "../../pipeline/model/index.js";
import { Simulator, startProduction, type Production, type RecordSender } from "../../producer/index.js";

/** Sends records with one request in flight, in order; outlasts a broker that is restarted. */
export async function kafkaSender(bootstrapServers: string): Promise<RecordSender> {
  const client = new kafkajs.Kafka({
    brokers: bootstrapServers.split(","),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 100, maxRetryTime: 1000 },
  });
  const producer = client.producer({ idempotent: true, maxInFlightRequests: 1 });
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

/** One heartbeat for each partition, in the near future: it closes the windows before it. */
export async function closeWindows(
  sender: RecordSender,
  partitions: number,
  timestampMs = Date.now() + 10_000,
): Promise<void> {
  const value = new Uint8Array(0);
  await sender.send(
    Array.from({ length: partitions }, (_, partition) => ({ key: null, value, timestampMs, partition })),
  );
}

export interface KnownRows {
  simulator: Simulator;
  production: Production;
  sender: RecordSender;
}

/** Starts 1000 rows/s whose right answer the simulator knows. */
export async function produceKnownRows(
  bootstrapServers: string,
  partitions: number,
  options: { id?: string; seed?: number; rateHz?: number; rowsPerMessage?: number; limit?: number } = {},
): Promise<KnownRows> {
  const { id = "sim", seed = 3, rateHz = 1000, rowsPerMessage = 10, limit } = options;
  const simulator = new Simulator({ seed, rateHz });
  const sender = await kafkaSender(bootstrapServers);
  const production = startProduction({
    source: simulator,
    sender,
    id,
    partitions,
    rateHz,
    rowsPerMessage,
    ...(limit === undefined ? {} : { limit }),
  });
  return { simulator, production, sender };
}
