/** What every running system has, whatever runs its pipeline: source, bridge, practice mode and status. */
import {
  activeFaults,
  noFaults,
  type DetectorConfig,
  type Faults,
  type HopStatus,
  type LateDropped,
  type RowSample,
  type SystemStatus,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import {
  createBridge,
  type Bridge,
  type BridgeOptions,
  type Position,
  type PracticeControl,
  type Routes,
  type Store,
  type WindowSink,
  type WindowSource,
} from "../../dashboard/bridge/index.js";
import { startProduction, troubleText, type Production, type RecordSender } from "../../producer/index.js";
import { version } from "../version.js";
import type { ChosenSource } from "./source-options.js";

export interface LiveOptions {
  /** What feeds the topic from within; null when records come from outside only. */
  source: ChosenSource | null;
  stream: string;
  detector: DetectorConfig;
  windowMs: number;
  allowedLatenessMs: number;
  host: string;
  port: number;
  pageFolder: string;
  /** Further settings of the bridge: rules, token, webhook. */
  bridge?: Partial<BridgeOptions>;
  /** Opened when the system starts; closed with it. */
  openStore?: () => Store;
  log: (line: string) => void;
}

/** What a system's engine knows of itself. */
export interface EngineStatus {
  hops: HopStatus[];
  /** Null when not known. */
  late: LateDropped | null;
  backlogBytes: number | null;
  openWindows: number;
  problem: string | null;
}

/** Where the rows of the source go. */
export interface RowTarget {
  sender: RecordSender;
  partitions: number;
}

const statusIntervalMs = 1000;

export abstract class LiveSystem {
  abstract readonly runner: string;
  protected readonly startedMs = Date.now();
  protected production: Production | null = null;
  protected windows = 0;
  private sink: WindowSink | null = null;
  private bridge: Bridge | null = null;
  private latencyMs: number | null = null;
  private problem: string | null = null;
  private rateHz: number;
  private timer: NodeJS.Timeout | undefined;
  protected fail: (error: Error) => void = () => undefined;
  /** Rejects when the system cannot go on. */
  readonly failed = new Promise<never>((_, reject) => (this.fail = reject));

  constructor(private readonly live: LiveOptions) {
    this.rateHz = live.source?.rateHz ?? 0;
    this.failed.catch(() => undefined);
  }

  /** Makes the pipeline ready for rows, and its windows come to {@link takeWindow}. */
  protected abstract startEngine(): Promise<RowTarget>;
  protected abstract engineStatus(): EngineStatus;
  protected abstract closeEngine(): Promise<void>;
  /** HTTP routes beside the page. */
  protected abstract routes(): Routes;

  /** Starts everything; resolves to the address of the page. */
  async start(): Promise<string> {
    const target = await this.startEngine();
    const { openStore, bridge } = this.live;
    const store = openStore === undefined ? {} : { store: openStore() };
    this.bridge = await createBridge({ ...this.live, ...bridge, ...store, ...this.bridgeParts() });
    this.startProduction(target);
    return this.bridge.url;
  }

  private bridgeParts(): Pick<BridgeOptions, "source" | "practice" | "routes" | "samples"> {
    const source: WindowSource = {
      start: (sink, positionsOf) => {
        this.timer = setInterval(() => sink.status(this.status()), statusIntervalMs);
        this.sink = sink;
        return this.startWindows(positionsOf);
      },
      close: () => {
        clearInterval(this.timer);
        return Promise.resolve();
      },
    };
    const common = { source, routes: this.routes(), samples: () => this.samples() };
    if (!this.isPractice) return common;
    const practice: PracticeControl = {
      setFaults: (change) => this.setFaults(change),
      setRate: (rateHz) => this.setRate(rateHz),
    };
    return { ...common, practice };
  }

  /** The bridge is there: windows that wait may come. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- for systems whose windows are in a topic
  protected startWindows(_positionsOf: (topic: string) => Position[]): Promise<void> {
    return Promise.resolve();
  }

  /** The last rows that were malformed, unmapped or late; none where nobody looks. */
  protected samples(): RowSample[] {
    return [];
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
  private async setFaults(change: Partial<Faults>): Promise<Faults> {
    const faults = this.production?.setFaults(change) ?? noFaults;
    this.live.log(`practice faults: ${activeFaults(faults).join(", ") || "none"}`);
    return faults;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
  private async setRate(rateHz: number): Promise<number> {
    this.production?.setRate(rateHz);
    this.rateHz = rateHz;
    this.live.log(`practice rate: ${rateHz} rows/s`);
    return rateHz;
  }

  private startProduction(target: RowTarget): void {
    const { source, log } = this.live;
    if (source === null) return;
    this.production = startProduction({
      ...target,
      source: source.rows,
      id: source.id,
      rateHz: source.rateHz,
      rowsPerMessage: source.rowsPerMessage,
      onTrouble: (reason) => log(troubleText(reason)),
    });
    this.production.done.then(
      () => log(`the source ${source.description} has ended`),
      (error: unknown) => {
        this.problem = error instanceof Error ? error.message : String(error);
        log(`the source has failed: ${this.problem}`);
      },
    );
  }

  /** @param latencyMs from the window's end to its message; null when it is one of the past */
  protected takeWindow(message: WindowMessage, latencyMs: number | null, position?: Position): void {
    this.windows += 1;
    if (message.revision === 0 && latencyMs !== null) this.latencyMs = latencyMs;
    this.sink?.window(message, position);
  }

  status(): SystemStatus {
    const engine = this.engineStatus();
    const now = Date.now();
    return {
      now_ms: now,
      started_ms: this.startedMs,
      version,
      stream: this.live.stream,
      runner: this.runner,
      source: this.sourceText(),
      demo: this.live.source?.demo ?? false,
      window_ms: this.live.windowMs,
      allowed_lateness_ms: this.live.allowedLatenessMs,
      hops: [...engine.hops, { hop: "bridge", last_ms: now, rate_hz: null, unit: "clients" }],
      late: engine.late,
      backlog_bytes: engine.backlogBytes,
      open_windows: engine.openWindows,
      latency_ms: this.latencyMs,
      faults: this.isPractice ? (this.production?.faults ?? noFaults) : null,
      ...(this.isPractice ? { set_rate_hz: this.rateHz } : {}),
      problem: this.problem ?? engine.problem,
    };
  }

  /** Whether viewers may switch the source's faults and rate. */
  private get isPractice(): boolean {
    return this.live.source?.rows.setFaults !== undefined;
  }

  private sourceText(): string {
    const { source } = this.live;
    if (source === null) return "records from outside";
    if (!this.isPractice || this.rateHz === source.rateHz) return source.description;
    return `${source.id}, ${this.rateHz} rows/s`;
  }

  /** Ends production, pipeline and bridge, in the order of the data. */
  async close(): Promise<void> {
    await this.production?.stop().catch(() => undefined);
    try {
      await this.closeEngine();
    } finally {
      await this.bridge?.close();
    }
  }
}
