/** How rows become messages: sizes, and which partition they go to. */
import type { PackedRows } from "./packer.js";
import { splitByOrbit } from "./orbit-split.js";

/** `round-robin`: the partitions in turn; `orbit`: all rows of an orbit into the same one. */
export type PartitionBy = "round-robin" | "orbit";
export const partitionRules: readonly PartitionBy[] = ["round-robin", "orbit"];

/** A message of more bytes is full, however few rows it has; Kafka's default limit is 1 MiB. */
const longestMessageBytes = 512 * 1024;

/** A message; where no partition is named, it is for the one whose turn it is. */
interface MessageRows extends PackedRows {
  partition?: number;
}

/**
 * A packet is packed as a whole: a message, or, by orbit, as many rows as fill a message for each partition. The
 * messages of a packet depend on its rows alone.
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

  /** Messages of a full packet. */
  private get messages(): number {
    return this.partitionBy === "orbit" ? this.partitions : 1;
  }

  messagesOf(packet: PackedRows): readonly MessageRows[] {
    if (this.partitionBy === "round-robin") return [packet];
    return splitByOrbit(packet.value, this.partitions, this.rowsPerMessage, longestMessageBytes);
  }
}
