/** Checks that the topic of `produce` is still the one with which it started. */
import { MuonitorError } from "../../pipeline/model/index.js";
import type { RecordSender } from "../../producer/index.js";
import { isOtherTopic, topicIdOf, type KafkaAccess, type KafkaSender } from "../kafka/index.js";
import { pause } from "../process/index.js";

/** Destination of the rows: a Kafka topic, or the in-memory topic of an embedded system. */
export type Target =
  | { sender: KafkaSender; partitions: number; access: KafkaAccess; topic: string }
  | { sender: RecordSender; partitions: number; access: null; topic: string };

const everyMs = 5000;
/** Timeout of the last check after Ctrl-C. */
const lastLookMs = 1000;

export class TargetTopic {
  private isOther = false;
  private isLooking = false;
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly target: Target,
    /** Identity of the topic; null where there is none. */
    readonly id: string | null,
    private readonly warn: (line: string) => void,
  ) {
    this.timer = setInterval(() => void this.watch(), everyMs).unref();
  }

  static async open(target: Target, warn: (line: string) => void): Promise<TargetTopic> {
    const id = target.access === null ? null : await topicIdOf(target.access, target.topic);
    return new TargetTopic(target, id, warn);
  }

  private get text(): string {
    return `topic ${this.target.topic} was deleted and created again while rows were sent: rows accepted before that are lost`;
  }

  /** Warns immediately, because a production with --loop never ends. */
  private async watch(): Promise<void> {
    if (this.isOther || this.isLooking) return;
    this.isLooking = true;
    const isOther = await this.look();
    this.isLooking = false;
    if (isOther) this.warn(this.text);
  }

  private async look(): Promise<boolean> {
    const { access, topic } = this.target;
    if (access === null || this.id === null) return false;
    // A missing topic is reported by the sender.
    const isOther = isOtherTopic(this.id, await topicIdOf(access, topic).catch(() => null));
    return (this.isOther ||= isOther);
  }

  /**
   * Checks a last time.
   * @throws MuonitorError when another topic has the name
   */
  async requireSame(isInterrupted: boolean): Promise<void> {
    this.close();
    const last = this.look();
    await (isInterrupted ? Promise.race([last, pause(lastLookMs)]) : last);
    if (this.isOther) throw new MuonitorError(this.text);
  }

  close(): void {
    clearInterval(this.timer);
  }
}
