/** The rows that a running system sends: their source, and why they do not arrive. */
import type { Faults } from "../../pipeline/model/index.js";
import {
  startProduction,
  troubleText,
  type Production,
  type ProductionStats,
  type RowSource,
  type StreamInput,
} from "../../producer/index.js";
import { clockTime } from "../services/index.js";
import type { RowTarget } from "./engine.js";

/** A source of rows for a system or a topic. */
export interface LiveSource {
  rows: RowSource;
  id: string;
  demo: boolean;
  rateHz: number;
  rowsPerMessage: number;
  /** Description for people. */
  description: string;
  /** Inputs of the rows; absent for the simulator. */
  inputs?: readonly StreamInput[];
}

/** The producer sends at least a heartbeat every second. */
const sendMs = 6000;

export class LiveProduction {
  private readonly createdMs = Date.now();
  private production: Production | null = null;
  private isProducing = false;
  /** Reason why the source has failed permanently; null otherwise. */
  private failure: string | null = null;
  /** Reason why records are not accepted; null while they are. */
  private refusal: string | null = null;

  constructor(
    private readonly source: LiveSource,
    private readonly log: (line: string) => void,
  ) {}

  /** A second call does nothing. @param target null for an engine that accepts no rows */
  start(target: RowTarget | null): void {
    const { source, log } = this;
    if (target === null || this.production !== null) return;
    this.production = startProduction({
      ...target,
      source: source.rows,
      id: source.id,
      rateHz: source.rateHz,
      rowsPerMessage: source.rowsPerMessage,
      onTrouble: (reason) => {
        this.refusal = reason;
        log(troubleText(reason));
      },
    });
    this.production.done.then(
      () => {
        if (this.isProducing) log(`the source ${source.description} has ended`);
        this.isProducing = false;
      },
      (error: unknown) => {
        this.isProducing = false;
        this.failure = `the source has failed: ${error instanceof Error ? error.message : String(error)}`;
      },
    );
    this.isProducing = true;
  }

  /** Null before the start. */
  stats(): ProductionStats | null {
    return this.production?.stats() ?? null;
  }

  /** Null before the start. */
  get faults(): Faults | null {
    return this.production?.faults ?? null;
  }

  setFaults(change: Partial<Faults>): Faults | null {
    return this.production?.setFaults(change) ?? null;
  }

  setRate(rateHz: number): void {
    this.production?.setRate(rateHz);
  }

  /** Reason why rows do not reach their target; null while they do. */
  trouble(): string | null {
    const { production } = this;
    if (this.failure !== null) return this.failure;
    if (production === null || !this.isProducing || production.faults.stall) return null;
    if (this.refusal !== null) return this.refusal;
    const sinceMs = Math.max(production.stats().lastSentMs ?? 0, this.createdMs);
    if (Date.now() - sinceMs <= sendMs) return null;
    return `no record of the producer has been accepted since ${clockTime(sinceMs)}`;
  }

  /** Ends the source; rows that were read but not accepted are counted in the log. */
  async stop(): Promise<void> {
    this.isProducing = false;
    await this.production?.stop().catch(() => undefined);
    const lostRows = this.stats()?.undeliveredRows ?? 0;
    if (lostRows > 0) this.log(`${lostRows} rows were read but not accepted`);
  }
}
