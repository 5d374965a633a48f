/** The records of the side tally of a job, from the oldest on, as they come. */
import { decodeTallyPane, type TallyPane } from "../../pipeline/model/index.js";
import type { KafkaAccess } from "./access.js";
import { TopicFollower } from "./reader/follow.js";

interface KafkaCounterSourceOptions extends KafkaAccess {
  topic: string;
  /** Only the tally of this telescope. */
  stream: string;
}

export class KafkaCounterSource {
  private readonly follower: TopicFollower;

  /** @throws UsageError when the security settings are wrong */
  constructor(private readonly options: KafkaCounterSourceOptions) {
    this.follower = new TopicFollower({ ...options, clientId: "muonitor-tally" });
  }

  /**
   * Begins to deliver, in the order of the topic.
   * @param take also gets the wall clock of the record's writing, ms
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

  /** Why no more of it comes for good; null otherwise. */
  get problem(): string | null {
    return this.follower.problem;
  }

  /** Leaves neither a connection nor a group of readers behind. */
  close(): Promise<void> {
    return this.follower.close();
  }
}
