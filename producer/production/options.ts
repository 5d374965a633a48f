/** Options of a production, and their limits. */
import { UsageError } from "../../pipeline/model/index.js";
import type { Clock } from "../clock.js";
import type { RecordSender } from "../sender.js";
import type { Journal, ResumePoint } from "./journal.js";
import type { PartitionBy } from "./packet-rule.js";
import type { RowSource } from "../source.js";
import type { ReportTrouble } from "./trouble.js";

export const defaultProductionRateHz = 1000;
export const defaultRowsPerMessage = 100;
export const maxRowsPerMessage = 5000;

export interface ProductionOptions {
  /** The production closes it at the end. */
  source: RowSource;
  /** Belongs to the caller, who closes it. */
  sender: RecordSender;
  /** Name of the source in the keys of the messages, without a colon. */
  id: string;
  /** Distinguishes this run from others with the same id; default: the wall clock in ms. */
  epoch?: number;
  /** Number of partitions, used in turn; default 1. */
  partitions?: number;
  /** Rows/s, default 1000; 0 = as fast as the sender takes them. */
  rateHz?: number;
  /** 1..5000, default 100. */
  rowsPerMessage?: number;
  /** Default `round-robin`. */
  partitionBy?: PartitionBy;
  /** Number of rows after which it ends, including those of the resumed run; default: no limit. */
  limit?: number;
  /** Seed that selects late and duplicate messages when these faults are on; default 1. */
  seed?: number;
  clock?: Clock;
  onTrouble?: ReportTrouble;
  /** Receives each batch before it is sent; requires a source that can be read again. */
  journal?: Journal;
  /** State to resume from; id, epoch, partitions, rows per message and source must be those of that run. */
  resume?: ResumePoint;
}

/** @throws UsageError */
export function checkRateHz(rateHz: number): number {
  if (rateHz >= 0 && Number.isFinite(rateHz)) return rateHz;
  throw new UsageError(`the rate must be a number of rows/s, 0 for as fast as possible, not ${rateHz}`);
}

/** @throws UsageError */
export function checkRowsPerMessage(rows: number): number {
  return checkInteger("rows per message", rows, 1, maxRowsPerMessage);
}

/** @throws UsageError */
export function checkOptions({ id, epoch = 0, partitions = 1, limit = 0 }: ProductionOptions): void {
  if (id === "" || id.includes(":"))
    throw new UsageError(`the source's id must not be empty or contain a colon: "${id}"`);
  checkInteger("the epoch", epoch, 0, Number.MAX_SAFE_INTEGER);
  checkInteger("partitions", partitions, 1, 10_000);
  checkInteger("the limit of rows", limit, 0, Number.MAX_SAFE_INTEGER);
}

function checkInteger(name: string, value: number, lower: number, upper: number): number {
  if (Number.isInteger(value) && value >= lower && value <= upper) return value;
  throw new UsageError(`${name} must be an integer ${lower}..${upper}, not ${value}`);
}
