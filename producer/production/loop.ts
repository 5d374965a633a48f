/** The loop of a production: make a batch, have it accepted, pause. */
import { defaultDetector, noFaults, UsageError } from "../../pipeline/model/index.js";
import type { Faults } from "../../pipeline/model/index.js";
import { systemClock } from "../clock.js";
import type { Clock } from "../clock.js";
import { changeFaults, detectorFaults } from "../faults.js";
import type { Batch } from "./batch.js";
import { BatchMaker } from "./batch-maker.js";
import { deliver } from "./deliver.js";
import { Intake } from "./intake.js";
import { checkRateHz, checkRowsPerMessage } from "./options.js";
import { defaultProductionRateHz, defaultRowsPerMessage } from "./options.js";
import type { ProductionOptions } from "./options.js";
import { Pacer } from "./pacer.js";
import type { Production } from "./production.js";
import { Stamper } from "./stamper.js";
import { StatsKeeper } from "./stats.js";
import type { ProductionStats } from "./stats.js";

/** Pause between two looks at the clock. */
const tickMs = 20;
/** A pause that took longer: the program stood still, and what it missed is skipped. */
const standstillMs = 1000;
/** Time that a stop gives the sender. */
const stopGraceMs = 5000;

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

  constructor(private readonly options: ProductionOptions) {
    const { source, id, partitions = 1, seed = 1, limit = Infinity } = options;
    const rateHz = checkRateHz(options.rateHz ?? defaultProductionRateHz);
    const rowsPerMessage = checkRowsPerMessage(options.rowsPerMessage ?? defaultRowsPerMessage);
    const clock = (this.clock = options.clock ?? systemClock);
    const stamper = new Stamper({ id, epoch: options.epoch ?? clock.wallMs(), partitions, seed });
    const intake = (this.intake = new Intake(source, () => this.pausing.abort()));
    const pacer = (this.pacer = new Pacer(rateHz, clock.monotonicMs()));
    this.maker = new BatchMaker({ source, intake, pacer, stamper, clock }, rowsPerMessage, limit);
    this.keeper = new StatsKeeper(clock.monotonicMs());
    this.setRate(rateHz);
    this.done = this.run();
    this.done.catch(() => undefined);
  }

  get faults(): Faults {
    return this.options.source.faults ?? this.ownFaults;
  }

  stats(): ProductionStats {
    return this.keeper.read(this.clock.monotonicMs(), this.pacer.skippedRows);
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
    this.maker.rowsPerMessage = checkRowsPerMessage(rows);
  }

  setFaults(change: Partial<Faults>): Faults {
    const { source } = this.options;
    if (source.setFaults !== undefined) return source.setFaults(change);
    const faults = changeFaults(this.ownFaults, change, defaultDetector);
    const impossible = detectorFaults.filter((name) => faults[name] !== noFaults[name]);
    if (impossible.length > 0)
      throw new UsageError(`${impossible.join(", ")} can only be had of the simulator`);
    return (this.ownFaults = faults);
  }

  private async run(): Promise<void> {
    try {
      while (!this.stopping && !this.maker.ended) {
        await this.deliver(this.maker.next(this.faults));
        await this.pause();
      }
      await this.deliver(this.maker.rest(this.faults));
      if (this.intake.error !== null) throw this.intake.error;
    } finally {
      this.ended.abort();
      await this.options.source.close();
    }
  }

  private async deliver(batch: Batch): Promise<void> {
    if (batch.records.length === 0) return;
    const { clock, keeper } = this;
    try {
      const onRetry = () => keeper.countRetry();
      await deliver(this.options.sender, batch.records, { clock, giveUp: this.giveUp.signal, onRetry });
    } catch (error) {
      keeper.countUndelivered(batch.rows + this.maker.waitingRows);
      throw error;
    }
    keeper.countAccepted(batch, clock.monotonicMs(), clock.wallMs());
  }

  /** Waits for the next tick, the source or a stop; only lets other work go first where rows are due already. */
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
