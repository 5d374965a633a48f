/** The engine of a live system provides its windows: from a thread, a Flink job, or a topic of another system. */
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

/** Callbacks and data that the system provides to its engine. */
export interface EngineRun {
  startedMs: number;
  /** @param latencyMs time from the window's end to its message; null for a past window */
  window: (message: WindowMessage, latencyMs: number | null, position?: WindowPosition) => void;
  /** Called when the engine cannot continue. */
  failed: (error: Error) => void;
  /** Statistics of the system's own source; null without a source. */
  production: () => ProductionStats | null;
}

/** Destination of the source's rows. */
export interface RowTarget {
  sender: RecordSender;
  partitions: number;
}

/** State of an engine. */
export interface EngineStatus {
  hops: HopStatus[];
  /** Null if unknown. */
  late: LateDropped | null;
  /** Null for an engine without topics. */
  unread: Unread | null;
  backlogBytes: number | null;
  openWindows: number;
  parts: PartStatus[];
  /** Notices for operators that are not problems. */
  notices: string[];
  /** What blocks the data although every part works, causes before consequences; null if nothing does. */
  troubles: readonly (string | null)[];
  /** Whether records arrive, so that windows are expected. */
  hasInput: boolean;
  /** Properties learnt from the windows if another system makes them: source, window length. */
  source?: string;
  windowMs?: number;
}

/** An engine that may already write windows, but has not yet proved that it works. */
export interface Starting {
  /** Resolves when it works; rejects with the cause if it does not. */
  done: Promise<unknown>;
}

export interface Engine {
  /** Name in the status. */
  readonly runner: string;
  /** Prepares the pipeline. @returns destination of rows; null if the engine accepts none */
  start(run: EngineRun): Promise<RowTarget | null>;
  /** Starts the rest while rows are already sent, which it will read; absent if `start` starts everything. */
  finishStart?(): Promise<Starting>;
  /** Called when the bridge is ready: windows that wait in a topic may be delivered. */
  startWindows?(positionsOf: (topic: string) => WindowPosition[]): Promise<void>;
  status(): EngineStatus;
  /** The latest malformed, unmapped and late rows. */
  samples?(): RowSample[];
  /** HTTP routes in addition to the page and the status. */
  routes?(tokens: RouteTokens): Routes;
  close(): Promise<void>;
}
