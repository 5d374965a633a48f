/** The loop of a production: make a batch, deliver it, pause. */
import {
  changeFaults,
  defaultDetector,
  detectorFaults,
  isActive,
  noFaults,
  UsageError,
} from "../../pipeline/model/index.js";
import type { Faults } from "../../pipeline/model/index.js";
import { systemClock } from "../clock.js";
import type { Clock } from "../clock.js";
import type { Batch } from "./batch.js";
import { BatchMaker } from "./batch-maker.js";
import { deliver } from "./deliver.js";
import { Intake } from "./intake.js";
import { checkRateHz, checkRowsPerMessage } from "./options.js";
import { defaultProductionRateHz, defaultRowsPerMessage } from "./options.js";
import type { ProductionOptions } from "./options.js";
import type { BatchPlan } from "./journal.js";
import { Pacer } from "./pacer.js";
import { PacketRule } from "./packet-rule.js";
import type { Production } from "./production.js";
import { Stamper } from "./stamper.js";
import { StatsKeeper } from "./stats.js";
import type { ProductionStats } from "./stats.js";
import { Trouble } from "./trouble.js";

/** Pause between two readings of the clock. A reader of Beam sleeps for 50 ms when nothing arrives for 20 ms. */
const tickMs = 10;
/** After a pause longer than this, the program was suspended; the rows of that time are skipped. */
const standstillMs = 1000;
/** Time that the sender has after a stop. */
const stopGraceMs = 3000;

export class ProductionLoop implements Production {
  readonly done: Promise<void>;
  private readonly clock: Clock;
  private readonly intake: Intake;
  private readonly pacer: Pacer;
  private readonly maker: BatchMaker;
  private readonly keeper: StatsKeeper;
  private readonly ended = new AbortController();
  private readonly giveUp = new AbortController();
  private pausing = new AbortController();
  private stopping = false;
  private ownFaults = noFaults;
  private readonly rule: PacketRule;
  private readonly stamper: Stamper;
  private readonly trouble: Trouble;
  /** The send in progress. */
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly options: ProductionOptions) {
    const { source, id, partitions = 1, seed = 1, limit = Infinity } = options;
    const rateHz = checkRateHz(options.rateHz ?? defaultProductionRateHz);
    const rowsPerMessage = checkRowsPerMessage(options.rowsPerMessage ?? defaultRowsPerMessage);
    const clock = (this.clock = options.clock ?? systemClock);
    const stamper = new Stamper({ id, epoch: options.epoch ?? clock.wallMs(), partitions, seed });
    const intake = (this.intake = new Intake(source, () => this.pausing.abort()));
    const pacer = (this.pacer = new Pacer(rateHz, clock.monotonicMs()));
    const rule = new PacketRule(rowsPerMessage, options.partitionBy ?? "round-robin", partitions);
    this.rule = rule;
    this.stamper = stamper;
    this.maker = new BatchMaker({ source, intake, pacer, stamper, rule, clock }, limit);
    this.trouble = new Trouble(options.onTrouble ?? (() => undefined));
    this.keeper = new StatsKeeper(clock.monotonicMs());
    this.setRate(rateHz);
    this.done = this.run();
    this.done.catch(() => undefined);
  }

  get faults(): Faults {
    return this.options.source.faults ?? this.ownFaults;
  }

  get isComplete(): boolean {
    return this.intake.ended || this.maker.ended;
  }

  stats(): ProductionStats {
    const { keeper, pacer, stamper } = this;
    const resumedRows = this.rowsBefore + stamper.acceptedBefore;
    const lagMs = Math.round(pacer.durationMs(this.openRows + pacer.dueRows));
    return { ...keeper.read(this.clock.monotonicMs(), pacer.skippedRows), resumedRows, lagMs };
  }

  /** Rows that were read but not yet accepted. */
  private get openRows(): number {
    return this.maker.rowsRead - this.stamper.acceptedBefore - this.keeper.acceptedRows;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.pausing.abort();
    void this.clock.sleep(stopGraceMs, this.ended.signal).then(() => this.giveUp.abort());
    await this.done.catch(() => undefined);
  }

  setRate(rateHz: number): void {
    this.pacer.setRate(checkRateHz(rateHz));
    if (rateHz > 0) this.options.source.setRate?.(rateHz);
  }

  setRowsPerMessage(rows: number): void {
    this.rule.rowsPerMessage = checkRowsPerMessage(rows);
  }

  setFaults(change: Partial<Faults>): Faults {
    const { source } = this.options;
    if (source.setFaults !== undefined) return source.setFaults(change);
    const faults = changeFaults(this.ownFaults, change, defaultDetector);
    const impossible = detectorFaults.filter((name) => isActive(faults, name));
    if (impossible.length > 0)
      throw new UsageError(`${impossible.join(", ")}: only possible with the simulator as source`);
    return (this.ownFaults = faults);
  }

  private get rowsBefore(): number {
    return this.options.resume?.plan.rowsBefore ?? 0;
  }

  private async run(): Promise<void> {
    const { resume } = this.options;
    try {
      if (resume !== undefined) this.send(await this.maker.remake(resume));
      else await this.repeat(() => this.note(this.maker.plan()));
      while (!this.stopping && !this.maker.ended) {
        // The next batch is made while the previous one is being sent.
        const batch = this.maker.next(this.faults);
        await this.sending;
        this.send(batch);
        await this.pause();
      }
      const rest = this.maker.rest(this.faults);
      await this.sending;
      this.send(rest);
      await this.sending;
      if (this.intake.error !== null) throw this.intake.error;
      this.closeJournal();
    } finally {
      this.keeper.countUndelivered(this.openRows);
      this.ended.abort();
      await this.options.source.close();
    }
  }

  private closeJournal(): void {
    const { journal } = this.options;
    const plan = this.isComplete ? null : this.maker.plan();
    if (plan !== null) journal?.before(plan);
    else if (this.isComplete) journal?.end();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
  private async note(plan: BatchPlan | null): Promise<void> {
    if (plan !== null) this.options.journal?.before(plan);
  }

  /** Must not be called before the previous send has ended. */
  private send(batch: Batch): void {
    this.sending = this.deliver(batch);
    // The next await gets the error; until then the rejection must not count as unhandled.
    this.sending.catch(() => undefined);
  }

  private async deliver(batch: Batch): Promise<void> {
    if (batch.records.length === 0) return;
    const { clock, keeper } = this;
    // Not repeated with the send: the journal entry records the state before any record of the batch was sent.
    if (batch.rows > 0) await this.repeat(() => this.note(batch.plan));
    await this.repeat(() => this.options.sender.send(batch.records));
    keeper.countAccepted(batch, clock.monotonicMs(), clock.wallMs());
  }

  /** Repeats a step while its error may be temporary, such as an unreachable Kafka or a full disk. */
  private async repeat(step: () => Promise<void>): Promise<void> {
    const { clock, keeper } = this;
    const onRetry = (error: unknown): void => {
      keeper.countRetry();
      this.trouble.failed(error);
    };
    await deliver(step, { clock, giveUp: this.giveUp.signal, onRetry });
    this.trouble.passed();
  }

  /** Waits for the next tick, the source or a stop; if rows are already due, only yields to other work. */
  private async pause(): Promise<void> {
    const { silence, stall } = this.faults;
    const idle = silence || stall || this.intake.waiting || this.pacer.budget < 1;
    const startMs = this.clock.monotonicMs();
    if (this.stopping || this.maker.ended) return;
    this.pausing = new AbortController();
    await this.clock.sleep(idle ? tickMs : 0, this.pausing.signal);
    const endMs = this.clock.monotonicMs();
    if (endMs - startMs <= standstillMs) return;
    const skippedMs = this.pacer.skip(endMs);
    this.options.source.pass?.(skippedMs);
  }
}
