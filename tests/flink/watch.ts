/** Follows `data_clean` and keeps the newest message of every window, as all readers of the topic do. */
import type { Consumer } from "kafkajs";
import {
  createLedger,
  isOutdated,
  mergeLedger,
  type Ledger,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import { createKafka, type KafkaAccess } from "../../runners/kafka/index.js";

export class Watch {
  readonly newest = new Map<number, WindowMessage>();
  /** All messages in topic order. */
  readonly seen: WindowMessage[] = [];

  private constructor(private readonly consumer: Consumer) {}

  static async start(access: KafkaAccess): Promise<Watch> {
    const client = createKafka(access, "watch", { retry: { retries: 100, maxRetryTime: 1000 } });
    const consumer = client.consumer({ groupId: `watch-${Date.now()}` });
    const watch = new Watch(consumer);
    await consumer.connect();
    await consumer.subscribe({ topic: "data_clean", fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        watch.take(JSON.parse(String(message.value)) as WindowMessage);
        return Promise.resolve();
      },
    });
    return watch;
  }

  private take(window: WindowMessage): void {
    this.seen.push(window);
    const held = this.newest.get(window.msg_ID);
    if (held === undefined || !isOutdated(window, held)) this.newest.set(window.msg_ID, window);
  }

  /** Windows with rows. */
  withRows(): WindowMessage[] {
    return [...this.newest.values()].filter(({ ledger }) => ledger.rows > 0);
  }

  /** Sum of the ledgers of all windows. */
  total(): Ledger {
    const total = createLedger();
    for (const { ledger } of this.newest.values()) mergeLedger(total, ledger);
    return total;
  }

  stop(): Promise<void> {
    return this.consumer.disconnect();
  }
}
