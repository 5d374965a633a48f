/** The windows on `data_clean`, for the bridge: those of the past first, then as they come. */
import type { KafkaMessage } from "kafkajs";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { validateMessage } from "../../pipeline/steps/validate.js";
import type { KafkaAccess } from "./access.js";
import type { TopicChange } from "./reader/changes.js";
import { TopicFollower, type Place } from "./reader/follow.js";
import { decodePlace, encodePlace, type TopicMark } from "./reader/marks.js";
import type { PartitionEnds } from "./reader/topic-reader.js";

export interface KafkaWindowSourceOptions extends KafkaAccess {
  topic: string;
  /** Only windows of this telescope. */
  stream: string;
  /** Only windows of this length; without it, of any. */
  windowMs?: number;
  /** So many messages of each partition are read again at the start; without it, all that the topic holds. */
  lastMessages?: number;
  log: (line: string) => void;
  /** Told when windows were lost before they were read, before those that follow are given. */
  changed?: (change: TopicChange) => void;
}

/** From where to read on in a partition. */
export interface MessagePosition {
  topic: string;
  partition: number;
  /** OFFSET@MARK, see {@link encodePlace}; earlier versions wrote the offset alone. */
  next: string;
}

/** What takes the windows: a bridge's sink, for one. */
interface WindowTaker {
  /** @param position from where to read on after this window */
  window(message: WindowMessage, position: MessagePosition): void;
}

const invalidReportMs = 60_000;

export class KafkaWindowSource {
  /** Messages that are none of schema 1, since the start. */
  invalid = 0;
  /** Whether the messages begin with the first that was ever written; known after {@link start}. */
  isWhole = false;
  private readonly follower: TopicFollower;
  private reportedMs = -Infinity;
  private unreported = 0;

  /** @throws UsageError when the security settings are wrong */
  constructor(private readonly options: KafkaWindowSourceOptions) {
    this.follower = new TopicFollower({ ...options, clientId: "muonitor-page" });
  }

  /**
   * Begins to deliver, in the order of the topic, so that the newest message of a window comes last.
   * @param positions where an earlier reader has read to; what is no longer in the topic is skipped
   */
  start(sink: WindowTaker, positions: readonly MessagePosition[] = []): Promise<void> {
    this.isWhole = true;
    return this.follower.start(
      (offsets) => this.placeOf(offsets, positions),
      (message, partition, next, mark) => this.take(message, { partition, next, mark }, sink),
    );
  }

  private placeOf({ partition, low, high }: PartitionEnds, positions: readonly MessagePosition[]): Place {
    const { lastMessages = Infinity } = this.options;
    const known = positions.find((position) => position.partition === partition);
    if (known !== undefined) {
      this.isWhole = false;
      return decodePlace(known.next);
    }
    const offset = high - BigInt(Math.min(lastMessages, Number(high - low)));
    if (offset !== 0n) this.isWhole = false;
    return { offset };
  }

  private take(
    message: KafkaMessage,
    { partition, next, mark }: { partition: number; next: bigint; mark: () => TopicMark },
    sink: WindowTaker,
  ): void {
    const { stream, windowMs } = this.options;
    const key = message.key?.toString() ?? "";
    // Without a value it says that a key is gone.
    if (message.value === null) return;
    if (/^[^:]+:\d+$/.test(key) && !key.startsWith(`${stream}:`)) return;
    const window = this.read(message.value, `partition ${partition}, offset ${message.offset}`);
    if (window === null) return;
    if (windowMs === undefined || window.window.end_ms - window.window.start_ms === windowMs)
      sink.window(window, { topic: this.options.topic, partition, next: encodePlace(next, mark()) });
  }

  private read(value: Buffer, place: string): WindowMessage | null {
    try {
      return validateMessage(JSON.parse(value.toString()));
    } catch (error) {
      this.countInvalid(place, (error as Error).message);
      return null;
    }
  }

  /** Tells the first at once, then at most once a minute how many there were. */
  private countInvalid(place: string, reason: string): void {
    this.invalid += 1;
    this.unreported += 1;
    if (performance.now() - this.reportedMs < invalidReportMs) return;
    this.options.log(
      `${this.options.topic}: ${this.unreported} messages are not window messages, the last at ${place}: ${reason}`,
    );
    this.reportedMs = performance.now();
    this.unreported = 0;
  }

  /** Why no more windows come; null otherwise. */
  get problem(): string | null {
    return this.follower.problem;
  }

  /** What happened to the topic last; null when nothing did. */
  get change(): TopicChange | null {
    return this.follower.change;
  }

  /** Wall clock of the last answer of a broker, ms. */
  get heardMs(): number {
    return this.follower.heardMs;
  }

  /** Leaves neither a connection nor a group of readers behind. */
  close(): Promise<void> {
    return this.follower.close();
  }
}
