/** Status of the running system, once per second: ages, rates and losses of every stage. */
import type { Faults } from "./faults.js";
import type { FreshnessLimits } from "./freshness.js";
import type { HiddenRound } from "./hidden-fault.js";

/** The data path, in order. The page adds its own stage, the browser. */
export const hops = ["readout", "data_raw", "pipeline", "data_clean", "bridge"] as const;
export type Hop = (typeof hops)[number];

export interface HopStatus {
  hop: Hop;
  /** Wall clock of the last sign of life, ms; null when there was none. */
  last_ms: number | null;
  /** Rate over the last seconds: 0 as soon as nothing comes; null when unknown. */
  rate_hz: number | null;
  /** What `rate_hz` counts. */
  unit: "rows" | "messages" | "windows" | "clients";
}

/** A process, thread or service that the system depends on. */
export interface PartStatus {
  name: string;
  /** What keeps it from doing its work, in words that follow its name; null while it does. */
  problem: string | null;
}

/** Messages that came after their window's allowed lateness, and the rows in them. */
export interface LateDropped {
  messages: number;
  rows: number;
}

/** Messages and rows not read because a topic was deleted and created again. */
export interface Unread {
  /** Messages of the topic of rows that the running job skips; null when not known. */
  raw_messages: number | null;
  /** Rows of windows that the page could not read; null when not known. */
  window_rows: number | null;
}

export interface SystemStatus {
  /** Wall clock of the server when this was made, ms. */
  now_ms: number;
  /** Wall clock of the server when the system started, ms. */
  started_ms: number;
  version: string;
  /** Name of the stream (telescope). */
  stream: string;
  runner: string;
  /** What feeds `data_raw`, in words: "simulator, 1000 rows/s". */
  source: string;
  /** True for simulated data: the page shows DEMO. */
  demo: boolean;
  window_ms: number;
  allowed_lateness_ms: number;
  hops: HopStatus[];
  /** Null if not counted: a number is only shown if it is known. */
  late: LateDropped | null;
  /** Absent where there are no topics to watch. */
  unread?: Unread;
  /** Bytes waiting to be read by the pipeline; null when not known. */
  backlog_bytes: number | null;
  /** Windows that are not yet closed or may still be corrected. */
  open_windows: number;
  /** Time from the end of the newest window to its message, ms; null before the first. */
  latency_ms: number | null;
  /** Faults of the simulator; null when the source is not the simulator. */
  faults: Faults | null;
  /** While a hidden fault runs, which is not in `faults`. */
  hidden_fault?: HiddenRound;
  /** Rows/s that the simulator is set to; absent when its rate cannot be set. */
  set_rate_hz?: number;
  /** Why the data does not flow as it should: the causes in one line, without their consequences; null when it does. */
  problem: string | null;
  /** The services of the system, each with its own problem; absent if they are not watched. */
  parts?: PartStatus[];
  /** What an operator should know although the data flows, such as a topic that is bounded by its size. */
  notices?: string[];
  /** From which ages on hops and windows count as late; null when the rule is off, absent from an older bridge. */
  freshness?: FreshnessLimits | null;
  /** Public URL of the page, for links outside of it; absent if not set. */
  page_url?: string;
  /** Length of history that is kept, and whether keeping works; absent where nothing is kept beyond a restart. */
  store?: StoreStatus;
}

/** The bridge's store of windows, trends, alarms, references and runs. */
export interface StoreStatus {
  /** "full" and "failed": monitoring continues, new history is not kept. */
  state: "ok" | "full" | "failed";
  /** One line if it is not ok, or if it had to be rebuilt; else null. */
  problem: string | null;
  bytes: number;
  max_bytes: number;
  /** Start of the oldest window and of the oldest trend point that are kept, ms; null without any. */
  oldest_window_ms: number | null;
  oldest_trend_ms: number | null;
}
