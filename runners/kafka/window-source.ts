/** The windows on `data_clean`, for the bridge: past ones first, then new ones as they arrive. */
import type { KafkaMessage } from "kafkajs";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { validateMessage } from "../../pipeline/steps/validate.js";
import type { Silence } from "../process/index.js";
import type { KafkaAccess } from "./access.js";
import type { TopicChange } from "./reader/changes.js";
import { TopicFollower, type Place } from "./reader/follow.js";
import { decodePlace, encodePlace, type TopicMark } from "./reader/marks.js";
import type { PartitionEnds } from "./reader/topic-reader.js";

export interface KafkaWindowSourceOptions extends KafkaAccess {
  topic: string;
  /** Only windows of this telescope. */
  stream: string;
  /** Only windows of this length; any length by default. */
  windowMs?: number;
  /** Number of messages per partition to read again at the start; by default the whole topic. */
  lastMessages?: number;
  log: (line: string) => void;
  /** Called when windows were lost unread, before the following windows are delivered. */
  changed?: (change: TopicChange) => void;
}

/** Next offset to read in a partition. */
export interface MessagePosition {
  topic: string;
  partition: number;
  /** OFFSET@MARK, see {@link encodePlace}; earlier versions wrote only the offset. */
  next: string;
}

/** Consumer of the windows, such as a bridge's sink. */
interface WindowTaker {
  /** @param position next offset after this window */
  window(message: WindowMessage, position: MessagePosition): void;
}

const invalidReportMs = 60_000;

export class KafkaWindowSource {
  /** Messages that do not follow schema 1, since the start. */
  invalid = 0;
  /** Whether reading starts with the first message ever written; known after {@link start}. */
  isWhole = false;
  private readonly follower: TopicFollower;
  private reportedMs = -Infinity;
  private unreported = 0;

  /** @throws UsageError when the security settings are wrong */
  constructor(private readonly options: KafkaWindowSourceOptions) {
    this.follower = new TopicFollower({ ...options, clientId: "muonitor-page" });
  }

  /**
   * Starts delivery, in topic order, so that the newest message of a window comes last.
   * @param positions read positions of an earlier reader; messages no longer in the topic are skipped
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
    // A record without a value marks a deleted key.
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

  /** Logs the first one immediately, then the number of new ones at most once a minute. */
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

  /** Reason why no more windows arrive; null otherwise. */
  get problem(): string | null {
    return this.follower.problem;
  }

  /** The last change of the topic; null if it has not changed. */
  get change(): TopicChange | null {
    return this.follower.change;
  }

  /** Since the last answer of a broker; null before the start. */
  get silence(): Silence | null {
    return this.follower.silence;
  }

  /** Closes the connection; no consumer group remains. */
  close(): Promise<void> {
    return this.follower.close();
  }
}
