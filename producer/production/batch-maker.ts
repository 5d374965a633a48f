/** What is to be sent now: the rows that are due, packed and stamped, and the heartbeats. */
import type { Faults } from "../../pipeline/model/index.js";
import type { Clock } from "../clock.js";
import type { RowSource } from "../source.js";
import { createBatch } from "./batch.js";
import type { Batch } from "./batch.js";
import type { Intake } from "./intake.js";
import type { Pacer } from "./pacer.js";
import { Packer } from "./packer.js";
import type { Stamper } from "./stamper.js";

const heartbeatMs = 1000;
/** Rows do not wait longer for their message to be full. */
const longestLingerMs = 2000;
/** Rows after which a batch is sent before more are read. */
const batchRows = 20_000;

export interface BatchMakerParts {
  source: RowSource;
  intake: Intake;
  pacer: Pacer;
  stamper: Stamper;
  clock: Clock;
}

export class BatchMaker {
  private readonly packer = new Packer();
  private nextHeartbeatMs: number;

  /**
   * @param rowsPerMessage rows that fill a message; may change at any time
   * @param rowsLeft rows to be read, Infinity without a limit
   */
  constructor(
    private readonly parts: BatchMakerParts,
    public rowsPerMessage: number,
    private rowsLeft: number,
  ) {
    this.nextHeartbeatMs = parts.clock.monotonicMs();
  }

  /** Whether there will be no more rows. */
  get ended(): boolean {
    return this.parts.intake.ended || this.rowsLeft <= 0;
  }

  /** Rows that were read and wait for their message to be full. */
  get waitingRows(): number {
    return this.packer.rows;
  }

  next(faults: Faults): Batch {
    const batch = createBatch();
    const nowMs = this.parts.clock.monotonicMs();
    this.passTime(nowMs, faults);
    if (faults.stall) return batch;
    if (!faults.silence) this.fill(batch, nowMs, faults);
    if (this.packer.rows > 0 && nowMs - this.packer.sinceMs >= longestLingerMs)
      this.addMessage(batch, faults);
    this.addHeartbeats(batch, nowMs);
    return batch;
  }

  /** The last batch: what was read and is not yet in a message. */
  rest(faults: Faults): Batch {
    const batch = createBatch();
    const arrived = this.parts.intake.takeArrived();
    if (arrived !== null) this.packer.add(arrived, this.parts.clock.monotonicMs());
    if (this.packer.rows > 0) this.addMessage(batch, faults);
    return batch;
  }

  private passTime(nowMs: number, { silence, stall }: Faults): void {
    const { pacer, source, intake } = this.parts;
    const unreadMs = silence || stall ? pacer.forget(nowMs) : pacer.advance(nowMs, intake.waiting);
    if (unreadMs > 0) source.pass?.(unreadMs);
  }

  private fill(batch: Batch, nowMs: number, faults: Faults): void {
    while (batch.rows < batchRows && this.read(nowMs)) {
      if (this.packer.isFull(this.rowsPerMessage)) this.addMessage(batch, faults);
    }
  }

  /** Reads rows that are due, at most up to a full message. @returns whether there were any */
  private read(nowMs: number): boolean {
    const { pacer, intake } = this.parts;
    const room = Math.max(1, this.rowsPerMessage - this.packer.rows);
    const rows = Math.min(pacer.budget, room, this.rowsLeft);
    const block = rows >= 1 ? intake.take(rows) : null;
    if (block === null) return false;
    pacer.spend(block.spent);
    this.rowsLeft -= block.rows;
    this.packer.add(block, nowMs);
    return block.rows > 0 || block.spent > 0;
  }

  private addMessage(batch: Batch, faults: Faults): void {
    this.parts.stamper.addMessage(batch, this.packer.take(), this.parts.clock.wallMs(), faults);
  }

  private addHeartbeats(batch: Batch, nowMs: number): void {
    if (nowMs < this.nextHeartbeatMs) return;
    this.parts.stamper.addHeartbeats(batch, this.parts.clock.wallMs());
    const next = this.nextHeartbeatMs + heartbeatMs;
    this.nextHeartbeatMs = next > nowMs ? next : nowMs + heartbeatMs;
  }
}
