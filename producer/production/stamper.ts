/** Makes records from messages: partition, key with sequence number, record time. Applies two faults of the data path. */
import { encodeSequenceKey } from "../../pipeline/model/index.js";
import type { Faults, RawRecord } from "../../pipeline/model/index.js";
import { Random } from "../random.js";
import type { Batch } from "./batch.js";
import type { PackedRows } from "./packer.js";

interface StamperOptions {
  id: string;
  epoch: number;
  partitions: number;
  /** Selects the messages with faults. */
  seed: number;
}

interface StamperState {
  /** Next partition in turn. */
  turn: number;
  /** Next sequence number of every partition. */
  sequences: number[];
}

const heartbeat = new Uint8Array(0);

export class Stamper {
  private readonly random: Random;
  /** Next sequence number of every partition. */
  private readonly sequences: number[];
  private turn = 0;
  /** By partition, the last sequence number accepted in an earlier run. */
  private accepted: readonly number[] = [];
  /** Rows that were not added because they were accepted in an earlier run. */
  acceptedBefore = 0;

  constructor(private readonly options: StamperOptions) {
    this.random = new Random(options.seed);
    this.sequences = new Array<number>(options.partitions).fill(0);
  }

  get state(): StamperState {
    return { turn: this.turn, sequences: [...this.sequences] };
  }

  /** Resumes an earlier run, whose accepted messages are not added again. */
  restore({ turn, sequences }: StamperState, accepted: readonly number[]): void {
    this.turn = turn;
    this.sequences.forEach((_, partition) => (this.sequences[partition] = sequences[partition] ?? 0));
    this.accepted = accepted;
  }

  /** Continues the sequence numbers after all accepted records, including heartbeats. */
  passAccepted(): void {
    this.accepted.forEach((last, partition) => {
      this.sequences[partition] = Math.max(this.sequences[partition] ?? 0, last + 1);
    });
  }

  /** Adds a message to the batch; without a partition, the partitions are used in turn. */
  addMessage(
    batch: Batch,
    packed: PackedRows,
    wallMs: number,
    faults: Faults,
    partition = this.nextTurn(),
  ): void {
    const { value, rows } = packed;
    if ((this.sequences[partition] as number) <= (this.accepted[partition] ?? -1)) {
      this.sequences[partition] = (this.sequences[partition] as number) + 1;
      this.acceptedBefore += rows;
      return;
    }
    const record = this.record(partition, value, wallMs - this.lateness(batch, faults));
    batch.records.push(record);
    batch.messages += 1;
    batch.rows += rows;
    batch.bytes += value.length;
    if (this.random.uniform() >= faults.duplicates) return;
    batch.records.push(record);
    batch.duplicateMessages += 1;
    batch.duplicateRows += rows;
  }

  private nextTurn(): number {
    const { turn } = this;
    this.turn = (turn + 1) % this.options.partitions;
    return turn;
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
    const key = Buffer.from(encodeSequenceKey({ id, epoch, partition, sequence }));
    return { key, value, timestampMs, partition };
  }
}
