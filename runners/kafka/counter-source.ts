/** Reads the records of a job's side tally, from the oldest on, including new ones. */
import { decodeTallyPane, type TallyPane } from "../../pipeline/model/index.js";
import type { KafkaAccess } from "./access.js";
import { TopicFollower } from "./reader/follow.js";

interface KafkaCounterSourceOptions extends KafkaAccess {
  topic: string;
  /** Telescope whose tally is read. */
  stream: string;
}

export class KafkaCounterSource {
  private readonly follower: TopicFollower;

  /** @throws UsageError when the security settings are wrong */
  constructor(private readonly options: KafkaCounterSourceOptions) {
    this.follower = new TopicFollower({ ...options, clientId: "muonitor-tally" });
  }

  /**
   * Starts delivery, in topic order.
   * @param take also receives the wall clock time at which the record was written, ms
   */
  start(take: (pane: TallyPane, writtenMs: number) => void): Promise<void> {
    return this.follower.start(
      ({ low }) => ({ offset: low }),
      ({ value, timestamp }) => {
        const pane = decodeTallyPane(value?.toString() ?? "");
        if (pane?.stream === this.options.stream) take(pane, Number(timestamp));
      },
    );
  }

  /** Reason why delivery has stopped for good; null otherwise. */
  get problem(): string | null {
    return this.follower.problem;
  }

  /** Closes the connection; no consumer group remains. */
  close(): Promise<void> {
    return this.follower.close();
  }
}
