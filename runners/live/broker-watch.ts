/**
 * Watches the brokers of a cluster: those that should hold replicas of the topics but are not in the cluster, and those
 * whose replicas are behind. What Kafka itself reports is shown; while no broker answers, nothing is known.
 */
import { ClusterReader, type ClusterMetadata, type KafkaAccess } from "../kafka/index.js";
import { clockTime, Probe, type ProbeOptions } from "../services/index.js";

interface BrokerWatchOptions {
  /** Reads the brokers and the replicas of the topics; null if the brokers are too old. */
  read: () => Promise<ClusterMetadata | null>;
  /** Closes the reader. */
  end?: () => Promise<void>;
  log: (line: string) => void;
  probe?: Omit<ProbeOptions, "ask">;
}

/** The reading has its own, shorter deadline. */
const usual = { everyMs: 1000, withinMs: 15_000, toleratedMs: 20_000 };

interface Broker {
  /** HOST:PORT when it was last in the cluster. */
  address: string;
  /** Wall clock when it was last in the cluster, ms. */
  seenMs: number;
}

export class BrokerWatch {
  private readonly known = new Map<number, Broker>();
  private lost: string[] = [];
  private others: string[] = [];
  private readonly probe: Probe;

  constructor(private readonly options: BrokerWatchOptions) {
    const ask = async (): Promise<null> => {
      this.take(await options.read());
      return null;
    };
    this.probe = new Probe({ ...usual, ...options.probe, ask });
  }

  /** One line for each broker with a problem; none while no broker answers, which is reported elsewhere. */
  get notices(): string[] {
    return this.probe.problem === null ? [...this.lost, ...this.others] : [];
  }

  private take(metadata: ClusterMetadata | null): void {
    if (metadata === null) return;
    const { brokers, topics } = metadata;
    const now = Date.now();
    for (const [id, address] of brokers) this.known.set(id, { address, seenMs: now });
    const replicas = replicasOf(topics);
    const missing = [...replicas.keys()].filter((id) => !brokers.has(id)).sort((a, b) => a - b);
    const left = `${brokers.size} of ${brokers.size + missing.length} brokers are left`;
    const lost = missing.map((id) => `Kafka: ${this.nameOf(id)} ${this.sinceOf(id)}; ${left}`);
    this.report(lost);
    this.lost = lost;
    const behind = [...replicas].filter(([id, { late }]) => brokers.has(id) && late > 0);
    this.others = [
      ...behind.map(
        ([id, { all, late }]) =>
          `Kafka: ${this.nameOf(id)} is behind: ${late} of its ${all} replicas are not in sync`,
      ),
      ...topics.flatMap(leaderless),
    ];
  }

  private nameOf(id: number): string {
    const { address } = this.known.get(id) ?? {};
    return address === undefined ? `broker ${id}` : `broker ${id} (${address})`;
  }

  private sinceOf(id: number): string {
    const { seenMs } = this.known.get(id) ?? {};
    return seenMs === undefined
      ? "is not in the cluster"
      : `has been out of the cluster since ${clockTime(seenMs)}`;
  }

  private report(lost: readonly string[]): void {
    for (const line of lost) if (!this.lost.includes(line)) this.options.log(line);
    if (this.lost.length > 0 && lost.length === 0) this.options.log("Kafka: all brokers are in the cluster");
  }

  async close(): Promise<void> {
    this.probe.close();
    await this.options.end?.();
  }
}

/** Watches the brokers that hold these topics. */
export function watchBrokers(
  access: KafkaAccess,
  topics: readonly string[],
  log: (line: string) => void,
): BrokerWatch {
  const reader = new ClusterReader({ ...access, topics, clientId: "muonitor-brokers" });
  return new BrokerWatch({ read: () => reader.read(), end: () => reader.close(), log });
}

interface Replicas {
  all: number;
  /** Those that are not in sync. */
  late: number;
}

/** Number of replicas by broker. */
function replicasOf(topics: ClusterMetadata["topics"]): Map<number, Replicas> {
  const counts = new Map<number, Replicas>();
  for (const { replicas, inSync } of topics.flatMap(({ partitions }) => partitions))
    for (const id of replicas) {
      const { all, late } = counts.get(id) ?? { all: 0, late: 0 };
      counts.set(id, { all: all + 1, late: inSync.includes(id) ? late : late + 1 });
    }
  return counts;
}

function leaderless({ name, partitions }: ClusterMetadata["topics"][number]): string[] {
  const none = partitions.filter(({ leader }) => leader < 0).map(({ partition }) => partition);
  if (none.length === 0) return [];
  return [
    `Kafka: ${none.length} of ${partitions.length} partitions of ${name} have no leader and cannot be used`,
  ];
}
