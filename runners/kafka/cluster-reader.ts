/** Reads which brokers a cluster has and where the replicas of topics are. */
import { withDeadline } from "../process/index.js";
import { createKafka, type KafkaAccess } from "./access.js";
import { closeCluster, createCluster, type Cluster } from "./client/cluster.js";
import { fetchClusterMetadata, type ClusterMetadata } from "./client/metadata.js";

export type { ClusterMetadata } from "./client/metadata.js";

interface ClusterReaderOptions extends KafkaAccess {
  topics: readonly string[];
  /** Name of the reader in the broker's log. */
  clientId: string;
  /** Timeout of a connection and of an answer, ms. */
  answerMs?: number;
}

const answerMs = 3000;
/** Number of answers for which one reading may wait: some brokers may not answer. */
const answers = 3;

export class ClusterReader {
  private cluster: Cluster | null = null;
  private servers: string[];

  constructor(private readonly options: ClusterReaderOptions) {
    this.servers = options.bootstrapServers.split(",");
  }

  /**
   * @returns null if the brokers are too old to report replicas in this form (before Kafka 2.8)
   * @throws when no broker answers in time; the next reading connects again, to another broker if there is one
   */
  async read(): Promise<ClusterMetadata | null> {
    const { topics, bootstrapServers, signal, answerMs: ms = answerMs } = this.options;
    const cluster = (this.cluster ??= this.create());
    const ask = async (): Promise<ClusterMetadata | null> => {
      await cluster.connect();
      return fetchClusterMetadata(cluster, topics);
    };
    try {
      return await withDeadline(ask, answers * ms, `Kafka at ${bootstrapServers}`, signal);
    } catch (error) {
      await this.close();
      // A broker that accepts connections without answering must not be asked first again.
      this.servers = [...this.servers.slice(1), ...this.servers.slice(0, 1)];
      throw error;
    }
  }

  private create(): Cluster {
    const { answerMs: ms = answerMs } = this.options;
    const access = { ...this.options, bootstrapServers: this.servers.join() };
    const kafka = createKafka(access, this.options.clientId, {
      connectionTimeout: ms,
      requestTimeout: ms,
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 },
    });
    return createCluster(kafka);
  }

  /** Closes the connection; a later reading opens it again. */
  async close(): Promise<void> {
    const { cluster } = this;
    this.cluster = null;
    if (cluster !== null) await closeCluster(cluster);
  }
}
