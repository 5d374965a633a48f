/** The production: from a source of rows to a sender of records, paced, packed, keyed, with a heartbeat. */
import type { Faults } from "../../pipeline/model/index.js";
import { ProductionLoop } from "./loop.js";
import { checkOptions } from "./options.js";
import type { ProductionOptions } from "./options.js";
import type { ProductionStats } from "./stats.js";

export interface Production {
  /** Resolves at the end of the source, at the limit or after a stop; rejects with the first fatal error. */
  readonly done: Promise<void>;
  readonly faults: Faults;
  /** Whether the end of the source or the limit has been reached. */
  readonly isComplete: boolean;
  stats(): ProductionStats;
  /**
   * Stops reading rows. Resolves when all rows that were read are accepted. Rows that the sender does not accept within 5 s
   * are counted in `undeliveredRows` of the stats; `done` then rejects.
   */
  stop(): Promise<void>;
  /** Rows/s; 0 = as fast as the sender takes them. @throws UsageError */
  setRate(rateHz: number): void;
  /** 1..5000. @throws UsageError */
  setRowsPerMessage(rows: number): void;
  /** Switches faults and returns the new state. @throws UsageError for a value out of range or an unsupported fault */
  setFaults(change: Partial<Faults>): Faults;
}

/** @throws UsageError when an option is wrong */
export function startProduction(options: ProductionOptions): Production {
  checkOptions(options);
  return new ProductionLoop(options);
}
