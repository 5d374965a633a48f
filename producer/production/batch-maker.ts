/** Makes the next batch: the rows that are due, packed and stamped, and the heartbeats. */
import { type Faults, InputError, noFaults, runMarker } from "../../pipeline/model/index.js";
import type { Clock } from "../clock.js";
import type { RowBlock, RowSource } from "../source.js";
import { type Batch, createBatch } from "./batch.js";
import type { Intake } from "./intake.js";
import type { BatchPlan, ResumePoint } from "./journal.js";
import type { Pacer } from "./pacer.js";
import { type PackedRows, Packer } from "./packer.js";
import type { PacketRule } from "./packet-rule.js";
import type { Stamper } from "./stamper.js";

const heartbeatMs = 1000;
/** Maximum time that rows wait for their message to fill. */
const longestLingerMs = 2000;
/** A batch that reaches one of these numbers of rows, records or bytes is sent before more rows are read. */
const batchLimits = { rows: 100_000, records: 20_000, bytes: 3 << 20 };
/** Minimum number of rows per request to the source, even for small messages. */
const readRows = 1000;

interface BatchMakerParts {
  source: RowSource;
  intake: Intake;
  pacer: Pacer;
  stamper: Stamper;
  rule: PacketRule;
  clock: Clock;
}

export class BatchMaker {
  private readonly packer = new Packer();
  private nextHeartbeatMs: number;
  /** Rows from the source in this run. */
  rowsRead = 0;
  /** Rows in messages, including earlier runs. */
  private rowsPacked = 0;

  /** @param limit number of rows to send, including earlier runs; Infinity without a limit */
  constructor(
    private readonly parts: BatchMakerParts,
    private readonly limit: number,
  ) {
    this.nextHeartbeatMs = parts.clock.monotonicMs();
    if (parts.source.seek !== undefined) this.packer.beginAt({ input: 0, row: 0 });
  }

  /** Whether no more rows will follow. */
  get ended(): boolean {
    return (this.parts.intake.ended || this.rowsLeft <= 0) && !this.isFull;
  }

  private get rowsLeft(): number {
    return this.limit - this.rowsPacked - this.packer.rows;
  }

  private get isFull(): boolean {
    const { rows, bytes } = this.parts.rule;
    return this.packer.rows > 0 && this.packer.isFull(rows, bytes);
  }

  next(faults: Faults): Batch {
    const batch = createBatch(this.plan());
    const nowMs = this.parts.clock.monotonicMs();
    this.passTime(nowMs, faults);
    if (faults.stall) return batch;
    if (!faults.silence) this.fill(batch, nowMs, faults);
    if (this.packer.rows > 0 && nowMs - this.packer.sinceMs >= longestLingerMs) this.addPacket(batch, faults);
    this.addHeartbeats(batch, nowMs);
    return batch;
  }

  /** The last batch: rows that were read but are not yet in a message. */
  rest(faults: Faults): Batch {
    const batch = createBatch(this.plan());
    const arrived = this.parts.intake.takeArrived();
    if (arrived !== null) this.take(arrived, this.parts.clock.monotonicMs());
    while (this.packer.rows > 0) this.addPacket(batch, faults);
    return batch;
  }

  /** Rebuilds the batch that an earlier run may have sent, without its accepted messages. */
  async remake({ plan, accepted }: ResumePoint): Promise<Batch> {
    const { source, stamper } = this.parts;
    source.seek?.(plan.position);
    this.packer.beginAt(plan.position);
    stamper.restore(plan, accepted);
    this.rowsPacked = plan.rowsBefore;
    const batch = createBatch(this.plan());
    for await (const block of remadePackets(source, plan)) {
      this.take(block, this.parts.clock.monotonicMs());
      this.stamp(batch, this.packer.take(block.rows, Infinity), noFaults);
    }
    stamper.passAccepted();
    return batch;
  }

  /** The state at the start of the next batch. */
  plan(): BatchPlan | null {
    const { position } = this.packer;
    return position === null
      ? null
      : { position, rowsBefore: this.rowsPacked, ...this.parts.stamper.state, packets: [] };
  }

  private passTime(nowMs: number, { silence, stall }: Faults): void {
    const { pacer, source, intake } = this.parts;
    const unreadMs = silence || stall ? pacer.forget(nowMs) : pacer.advance(nowMs, intake.waiting);
    if (unreadMs > 0) source.pass?.(unreadMs);
  }

  private fill(batch: Batch, nowMs: number, faults: Faults): void {
    do {
      while (this.isFull && hasRoom(batch)) this.addPacket(batch, faults);
    } while (hasRoom(batch) && this.read(nowMs));
  }

  /** Reads the rows that are due. @returns whether there were any */
  private read(nowMs: number): boolean {
    const { pacer, intake, rule } = this.parts;
    const room = Math.max(readRows, rule.rows - this.packer.rows);
    const rows = Math.min(pacer.budget, room, this.rowsLeft);
    const block = rows >= 1 ? intake.take(rows) : null;
    if (block === null) return false;
    pacer.spend(block.spent);
    this.take(block, nowMs);
    return block.rows > 0 || block.spent > 0;
  }

  private take(block: RowBlock, nowMs: number): void {
    this.rowsRead += block.rows;
    this.packer.add(block, nowMs);
  }

  private addPacket(batch: Batch, faults: Faults): void {
    const { rule } = this.parts;
    this.stamp(batch, this.packer.take(rule.rows, rule.bytes), faults);
  }

  private stamp(batch: Batch, packet: PackedRows, faults: Faults): void {
    const { rule, stamper, clock } = this.parts;
    for (const message of rule.messagesOf(packet)) {
      const value = withRun(message.value, packet.run);
      stamper.addMessage(batch, { ...message, value }, clock.wallMs(), faults, message.partition);
    }
    this.rowsPacked += packet.rows;
    countPacket(batch.plan, packet.rows);
  }

  private addHeartbeats(batch: Batch, nowMs: number): void {
    if (nowMs < this.nextHeartbeatMs) return;
    this.parts.stamper.addHeartbeats(batch, this.parts.clock.wallMs());
    const next = this.nextHeartbeatMs + heartbeatMs;
    this.nextHeartbeatMs = next > nowMs ? next : nowMs + heartbeatMs;
  }
}

/** Each message contains its run number, because messages can be read in any order. */
function withRun(value: Uint8Array, run: number | undefined): Uint8Array {
  return run === undefined ? value : Buffer.concat([Buffer.from(runMarker(run)), value]);
}

function hasRoom({ rows, records, bytes }: Batch): boolean {
  return rows < batchLimits.rows && records.length < batchLimits.records && bytes < batchLimits.bytes;
}

function countPacket(plan: BatchPlan | null, rows: number): void {
  const run = plan?.packets.at(-1);
  if (run?.[0] === rows) run[1] += 1;
  else plan?.packets.push([rows, 1]);
}

/** The rows of each packet as one block, with the position of its first row. */
async function* remadePackets(source: RowSource, { packets }: BatchPlan): AsyncGenerator<RowBlock> {
  for (const [rows, count] of packets) {
    for (let i = 0; i < count; i += 1) yield await readExactly(source, rows);
  }
}

async function readExactly(source: RowSource, wanted: number): Promise<RowBlock> {
  const blocks: RowBlock[] = [];
  let rows = 0;
  while (rows < wanted) {
    const block = await source.next(wanted - rows);
    if (block === null) throw new InputError(source.name, "has fewer rows than when it was read before");
    rows += block.rows;
    blocks.push(block);
  }
  const last = blocks.at(-1) as RowBlock;
  // Compares the end of the packet, because its start may be in the previous input.
  const start = last.start && { input: last.start.input, row: last.start.row + last.rows - rows };
  return {
    bytes: Buffer.concat(blocks.map(({ bytes }) => bytes)),
    rows,
    spent: rows,
    ...(last.run !== undefined && { run: last.run }),
    ...(start && { start }),
  };
}
