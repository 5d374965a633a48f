/** Rows of a known answer, into the topic of a test's system. */
import { Simulator, startProduction, type Production, type RecordSender } from "../../producer/index.js";
import { KafkaSender } from "../../runners/kafka/index.js";

/** Sends records into the topic of rows, each once and in order; outlasts a broker that is restarted. */
export function kafkaSender(bootstrapServers: string): RecordSender {
  return new KafkaSender({ bootstrapServers, topic: "data_raw" });
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
