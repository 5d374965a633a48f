/** Status of the running system, once per second: ages, rates and losses of every stage. */
import type { Faults } from "./faults.js";
import type { FreshnessLimits } from "./freshness.js";
import type { HiddenRound } from "./hidden-fault.js";

/** The data path, in order. The page adds its own stage, the browser. */
export const hops = ["readout", "data_raw", "pipeline", "data_clean", "bridge"] as const;
export type Hop = (typeof hops)[number];

export interface HopStatus {
  hop: Hop;
  /** Wall clock at the last sign of life, ms; null if there was none. */
  last_ms: number | null;
  /** Rate over the last few seconds: 0 when nothing arrives; null if unknown. */
  rate_hz: number | null;
  /** Unit of the counts in `rate_hz`. */
  unit: "rows" | "messages" | "windows" | "clients";
}

/** A process, thread or service that the system depends on. */
export interface PartStatus {
  name: string;
  /** Why it does not work, phrased to follow its name; null while it works. */
  problem: string | null;
}

/** Messages that arrived after their window's allowed lateness, and the rows in them. */
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
  /** Wall clock of the server when this status was created, ms. */
  now_ms: number;
  /** Wall clock of the server when the system started, ms. */
  started_ms: number;
  version: string;
  /** Name of the stream (telescope). */
  stream: string;
  runner: string;
  /** The source of `data_raw` in words: "simulator, 1000 rows/s". */
  source: string;
  /** True for simulated data: the page shows DEMO. */
  demo: boolean;
  window_ms: number;
  allowed_lateness_ms: number;
  hops: HopStatus[];
  /** Null if not counted; the page then shows no number. */
  late: LateDropped | null;
  /** Absent if there are no topics to watch. */
  unread?: Unread;
  /** Bytes waiting to be read by the pipeline; null when not known. */
  backlog_bytes: number | null;
  /** Windows that are not yet closed or may still be corrected. */
  open_windows: number;
  /** Time from the end of the newest window to its message, ms; null before the first. */
  latency_ms: number | null;
  /** Faults of the simulator; null when the source is not the simulator. */
  faults: Faults | null;
  /** Present during a round with a hidden fault, which `faults` does not show. */
  hidden_fault?: HiddenRound;
  /** Rate set in the simulator, rows/s; absent if its rate cannot be set. */
  set_rate_hz?: number;
  /** Why the data does not flow: the causes in one line, without their consequences; null while it flows. */
  problem: string | null;
  /** The services of the system, each with its own problem; absent if they are not watched. */
  parts?: PartStatus[];
  /** Notices for the operator while the data flows, such as a topic that is bounded by its size. */
  notices?: string[];
  /** Ages at which hops and windows count as late; null if the rule is off, absent from an older bridge. */
  freshness?: FreshnessLimits | null;
  /** Public URL of the page, for links from outside; absent if not set. */
  page_url?: string;
  /** Stored history and the state of the store; absent if nothing is kept across restarts. */
  store?: StoreStatus;
}

/** The bridge's store of windows, trends, alarms, references and runs. */
export interface StoreStatus {
  /** "full" and "failed": monitoring continues, new history is not kept. */
  state: "ok" | "full" | "failed";
  /** One line if the state is not ok or the store had to be rebuilt; otherwise null. */
  problem: string | null;
  bytes: number;
  max_bytes: number;
  /** Start of the oldest window and of the oldest trend point that are kept, ms; null without any. */
  oldest_window_ms: number | null;
  oldest_trend_ms: number | null;
}
