/** What runs the pipeline of a live system: a thread, a job on Flink, or another system whose windows are in a topic. */
import type {
  HopStatus,
  LateDropped,
  PartStatus,
  RowSample,
  Unread,
  WindowMessage,
} from "../../pipeline/model/index.js";
import type { WindowPosition, Routes } from "../../dashboard/bridge/index.js";
import type { ProductionStats, RecordSender } from "../../producer/index.js";
import type { RouteTokens } from "./routes.js";

/** What the system around an engine gives it. */
export interface EngineRun {
  startedMs: number;
  /** @param latencyMs from the window's end to its message; null when it is one of the past */
  window: (message: WindowMessage, latencyMs: number | null, position?: WindowPosition) => void;
  /** The engine cannot continue. */
  failed: (error: Error) => void;
  /** What the system's own source has sent; null without one. */
  production: () => ProductionStats | null;
}

/** Where the rows of the source go. */
export interface RowTarget {
  sender: RecordSender;
  partitions: number;
}

/** State of an engine. */
export interface EngineStatus {
  hops: HopStatus[];
  /** Null when not known. */
  late: LateDropped | null;
  /** Null where there are no topics. */
  unread: Unread | null;
  backlogBytes: number | null;
  openWindows: number;
  parts: PartStatus[];
  /** What an operator should know although everything works. */
  notices: string[];
  /** What keeps the data from flowing although every part works, causes before consequences; null for nothing. */
  troubles: readonly (string | null)[];
  /** Whether records come, so that windows must follow. */
  hasInput: boolean;
  /** Facts that only the windows show if another system makes them: their source, whether they are simulated, their length. */
  source?: string;
  demo?: boolean;
  windowMs?: number;
}

export interface Engine {
  /** As the status names it. */
  readonly runner: string;
  /** Makes the pipeline ready. @returns where rows go; null when it takes none */
  start(run: EngineRun): Promise<RowTarget | null>;
  /** The bridge is ready: windows that wait in a topic may be delivered. */
  startWindows?(positionsOf: (topic: string) => WindowPosition[]): Promise<void>;
  status(): EngineStatus;
  /** The last rows that were malformed, unmapped or late. */
  samples?(): RowSample[];
  /** HTTP routes beside the page and the status. */
  routes?(tokens: RouteTokens): Routes;
  close(): Promise<void>;
}
