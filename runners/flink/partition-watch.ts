/** Watches for partitions added to the topic of rows, which a running job does not read. */

interface PartitionWatchOptions {
  topic: string;
  /** Number of partitions that the job reads. */
  read: number;
  /** Existing number of partitions. */
  count: () => Promise<number>;
  log: (line: string) => void;
  everyMs?: number;
}

const everyMs = 10_000;

export class PartitionWatch {
  /** The problem to report; null while all partitions are read. */
  problem: string | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: PartitionWatchOptions) {
    this.timer = setInterval(() => void this.look(), options.everyMs ?? everyMs);
  }

  private async look(): Promise<void> {
    const { topic, read, count, log } = this.options;
    // While Kafka is down the number is unknown; the outage is reported elsewhere.
    const now = await count().catch(() => read);
    if (now <= read || this.problem !== null) return;
    this.problem = `topic ${topic} has ${now} partitions, but the job reads only ${read}: rows of the others are in no window until the job is restarted without a savepoint`;
    log(this.problem);
  }

  close(): void {
    clearInterval(this.timer);
  }
}
