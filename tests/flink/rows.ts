/** Rows with a known answer, sent to the topic of a test's system. */
import { Simulator, startProduction, type Production, type RecordSender } from "../../producer/index.js";
import { KafkaSender } from "../../runners/kafka/index.js";

/** Sends records to the topic of rows, each once and in order, even if a broker restarts. */
export function kafkaSender(bootstrapServers: string): RecordSender {
  return new KafkaSender({ bootstrapServers, topic: "data_raw" });
}

/** Sends one heartbeat to each partition, dated in the near future, which closes the windows before it. */
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

/** Starts sending 1000 rows/s whose correct answer the simulator knows. */
export function produceKnownRows(
  bootstrapServers: string,
  partitions: number,
  options: {
    id?: string;
    seed?: number;
    rateHz?: number;
    rowsPerMessage?: number;
    limit?: number;
    sender?: RecordSender;
  } = {},
): KnownRows {
  const { id = "sim", seed = 3, rateHz = 1000, rowsPerMessage = 10, limit } = options;
  const simulator = new Simulator({ seed, rateHz: rateHz === 0 ? 1000 : rateHz });
  const sender = options.sender ?? kafkaSender(bootstrapServers);
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
