/** Rules for packing rows into messages: sizes, and the choice of the partition. */
import type { PackedRows } from "./packer.js";
import { splitByOrbit } from "./orbit-split.js";

/** `round-robin`: the partitions in turn; `orbit`: all rows of an orbit to the same partition. */
export type PartitionBy = "round-robin" | "orbit";
export const partitionRules: readonly PartitionBy[] = ["round-robin", "orbit"];

/** Maximum bytes in a message, for any number of rows; Kafka's default limit is 1 MiB. */
const longestMessageBytes = 512 * 1024;

/** A message; without a partition it goes to the next one in turn. */
interface MessageRows extends PackedRows {
  partition?: number;
}

/**
 * A packet is packed as a whole: one message, or, with `orbit`, enough rows for one message per partition. The messages
 * of a packet depend only on its rows.
 */
export class PacketRule {
  /** @param rowsPerMessage may change at any time */
  constructor(
    public rowsPerMessage: number,
    private readonly partitionBy: PartitionBy,
    private readonly partitions: number,
  ) {}

  get rows(): number {
    return this.rowsPerMessage * this.messages;
  }

  get bytes(): number {
    return longestMessageBytes * this.messages;
  }

  /** Number of messages in a full packet. */
  private get messages(): number {
    return this.partitionBy === "orbit" ? this.partitions : 1;
  }

  messagesOf(packet: PackedRows): readonly MessageRows[] {
    if (this.partitionBy === "round-robin") return [packet];
    return splitByOrbit(packet.value, this.partitions, this.rowsPerMessage, longestMessageBytes);
  }
}
