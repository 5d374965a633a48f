/** Messages of one partition, in the form that kafkajs expects. */
import type { Message } from "kafkajs";

/**
 * kafkajs groups messages by partition and copies the group for each message: O(n²). These messages belong to one
 * partition and return a single group from `reduce`; in all other respects they are a normal array.
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
