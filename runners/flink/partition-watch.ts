/** Watches for partitions that are added to the topic of rows: a running job does not read them. */

interface PartitionWatchOptions {
  topic: string;
  /** Partitions that the job reads. */
  read: number;
  /** Partitions that there are. */
  count: () => Promise<number>;
  log: (line: string) => void;
  everyMs?: number;
}

const everyMs = 10_000;

export class PartitionWatch {
  /** What is to be told; null while all partitions are read. */
  problem: string | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: PartitionWatchOptions) {
    this.timer = setInterval(() => void this.look(), options.everyMs ?? everyMs);
  }

  private async look(): Promise<void> {
    const { topic, read, count, log } = this.options;
    // While Kafka is away nothing can be said, and others say that.
    const now = await count().catch(() => read);
    if (now <= read || this.problem !== null) return;
    this.problem = `topic ${topic} has ${now} partitions, the job reads ${read}: rows of the others are in no window until it is started without a savepoint`;
    log(this.problem);
  }

  close(): void {
    clearInterval(this.timer);
  }
}
