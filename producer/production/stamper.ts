/** Makes records of messages: partition, key with sequence number, record time; here are two faults of the way. */
import { encodeSequenceKey } from "../../pipeline/model/index.js";
import type { Faults, RawRecord } from "../../pipeline/model/index.js";
import { Random } from "../random.js";
import type { Batch } from "./batch.js";
import type { PackedRows } from "./packer.js";

export interface StamperOptions {
  id: string;
  epoch: number;
  partitions: number;
  /** Decides which messages the faults concern. */
  seed: number;
}

const text = new TextEncoder();
const heartbeat = new Uint8Array(0);

export class Stamper {
  private readonly random: Random;
  /** Next sequence number of every partition. */
  private readonly sequences: number[];
  private turn = 0;

  constructor(private readonly options: StamperOptions) {
    this.random = new Random(options.seed);
    this.sequences = new Array<number>(options.partitions).fill(0);
  }

  /** Adds a message to the batch, the partitions in turn. */
  addMessage(batch: Batch, { value, rows }: PackedRows, wallMs: number, faults: Faults): void {
    const record = this.record(this.turn, value, wallMs - this.lateness(batch, faults));
    this.turn = (this.turn + 1) % this.options.partitions;
    batch.records.push(record);
    batch.messages += 1;
    batch.rows += rows;
    batch.bytes += value.length;
    if (this.random.uniform() >= faults.duplicates) return;
    batch.records.push(record);
    batch.duplicateMessages += 1;
    batch.duplicateRows += rows;
  }

  /** Adds a heartbeat for every partition. */
  addHeartbeats(batch: Batch, wallMs: number): void {
    this.sequences.forEach((_, partition) => batch.records.push(this.record(partition, heartbeat, wallMs)));
    batch.heartbeats += this.sequences.length;
  }

  private lateness(batch: Batch, { late_data }: Faults): number {
    const drawn = this.random.uniform();
    if (late_data === null || drawn >= late_data.fraction) return 0;
    batch.lateMessages += 1;
    return late_data.delay_ms;
  }

  private record(partition: number, value: Uint8Array, timestampMs: number): RawRecord {
    const sequence = this.sequences[partition] as number;
    this.sequences[partition] = sequence + 1;
    const { id, epoch } = this.options;
    const key = text.encode(encodeSequenceKey({ id, epoch, partition, sequence }));
    return { key, value, timestampMs, partition };
  }
}
