/** Messages of one partition, as kafkajs takes them. */
import type { Message } from "kafkajs";

/**
 * kafkajs groups messages by partition with a copy of the group for each message: n² copies. These are of one partition
 * and say so when they are asked to be reduced to groups. They are the same to whoever does not ask.
 */
export class PartitionMessages extends Array<Message> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-argument -- as Array declares it */
  override reduce(...args: any[]): any {
    const [first] = this;
    const initial: unknown = args[1];
    const isGrouping = typeof initial === "object" && initial !== null && Object.keys(initial).length === 0;
    if (isGrouping && first?.partition !== undefined) return { [first.partition]: this };
    return super.reduce(...(args as [any]));
  }
  /* eslint-enable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-argument */
}
