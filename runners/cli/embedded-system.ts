/** The embedded system: source → topic in memory → pipeline → bridge, in one process. */
import { tmpdir } from "node:os";
import {
  activeFaults,
  noFaults,
  type Faults,
  type HopStatus,
  type SystemStatus,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import { defaultPipelineConfig } from "../../pipeline/steps/index.js";
import {
  createBridge,
  type Bridge,
  type PracticeControl,
  type Routes,
  type WindowSink,
  type WindowSource,
} from "../../dashboard/bridge/index.js";
import { startProduction, type Production, type RowSource } from "../../producer/index.js";
import { version } from "../version.js";
import { PipelineClient } from "../embedded/pipeline-client.js";
import { RateMeter } from "../embedded/rate-meter.js";

export interface EmbeddedOptions {
  /** What feeds the topic from within; null when records come from outside only. */
  source: {
    rows: RowSource;
    id: string;
    demo: boolean;
    rateHz: number;
    rowsPerMessage: number;
    description: string;
  } | null;
  stream: string;
  windowMs: number;
  allowedLatenessMs: number;
  host: string;
  port: number;
  pageFolder: string;
  /** Further HTTP routes; they may send records. */
  routes: (system: EmbeddedSystem) => Routes;
  log: (line: string) => void;
}

/** How long records may be on their way from the producer to the topic. */
const watermarkDelayMs = 50;
const pipelineMemoryBytes = 256 << 20;
const statusIntervalMs = 1000;

export class EmbeddedSystem {
  readonly pipeline: PipelineClient;
  private readonly startedMs = Date.now();
  private readonly rowRate = new RateMeter();
  private readonly messageRate = new RateMeter();
  private readonly windowRate = new RateMeter(60_000);
  private sink: WindowSink | null = null;
  private production: Production | null = null;
  private bridge: Bridge | null = null;
  private latencyMs: number | null = null;
  private problem: string | null = null;
  private windows = 0;
  private rateHz: number;
  private timer: NodeJS.Timeout | undefined;
  private fail: (error: Error) => void = () => undefined;
  /** Rejects when the system cannot go on. */
  readonly failed = new Promise<never>((_, reject) => (this.fail = reject));

  constructor(private readonly options: EmbeddedOptions) {
    this.rateHz = options.source?.rateHz ?? 0;
    this.failed.catch(() => undefined);
    this.pipeline = new PipelineClient(
      {
        config: { ...defaultPipelineConfig, windowMs: options.windowMs },
        allowedLatenessMs: options.allowedLatenessMs,
        watermarkDelayMs,
        startedMs: this.startedMs,
        memoryBytes: pipelineMemoryBytes,
        temporaryFolder: tmpdir(),
      },
      {
        window: (message, latencyMs) => this.takeWindow(message, latencyMs),
        failed: (error) => this.fail(error),
      },
    );
  }

  /** Starts everything; resolves to the address of the page. */
  async start(): Promise<string> {
    await this.pipeline.ready();
    this.bridge = await createBridge({ ...this.options, ...this.bridgeParts() });
    this.startProduction();
    return this.bridge.url;
  }

  private bridgeParts(): { source: WindowSource; practice?: PracticeControl; routes: Routes } {
    const source: WindowSource = {
      start: (sink) => {
        this.sink = sink;
        this.timer = setInterval(() => sink.status(this.status()), statusIntervalMs);
        return Promise.resolve();
      },
      close: () => {
        clearInterval(this.timer);
        return Promise.resolve();
      },
    };
    const routes = this.options.routes(this);
    if (!this.isPractice) return { source, routes };
    const practice: PracticeControl = {
      setFaults: (change) => this.setFaults(change),
      setRate: (rateHz) => this.setRate(rateHz),
    };
    return { source, routes, practice };
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
  private async setFaults(change: Partial<Faults>): Promise<Faults> {
    const faults = this.production?.setFaults(change) ?? noFaults;
    this.options.log(`practice faults: ${activeFaults(faults).join(", ") || "none"}`);
    return faults;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
  private async setRate(rateHz: number): Promise<number> {
    this.production?.setRate(rateHz);
    this.rateHz = rateHz;
    this.options.log(`practice rate: ${rateHz} rows/s`);
    return rateHz;
  }

  private startProduction(): void {
    const { source } = this.options;
    if (source === null) return;
    this.production = startProduction({
      source: source.rows,
      sender: this.pipeline,
      id: source.id,
      rateHz: source.rateHz,
      rowsPerMessage: source.rowsPerMessage,
    });
    this.production.done.then(
      () => this.options.log(`the source ${source.description} has ended`),
      (error: unknown) => {
        this.problem = error instanceof Error ? error.message : String(error);
        this.options.log(`the source has failed: ${this.problem}`);
      },
    );
  }

  private takeWindow(message: WindowMessage, latencyMs: number): void {
    this.windows += 1;
    if (message.revision === 0) this.latencyMs = latencyMs;
    this.sink?.window(message);
  }

  status(): SystemStatus {
    const { counters } = this.pipeline;
    return {
      now_ms: Date.now(),
      started_ms: this.startedMs,
      version,
      stream: this.options.stream,
      runner: "embedded",
      source: this.sourceText(),
      demo: this.options.source?.demo ?? false,
      window_ms: this.options.windowMs,
      allowed_lateness_ms: this.options.allowedLatenessMs,
      hops: this.hops(),
      late: counters.late,
      backlog_bytes: counters.backlogBytes,
      open_windows: counters.openWindows,
      latency_ms: this.latencyMs,
      faults: this.isPractice ? (this.production?.faults ?? noFaults) : null,
      ...(this.isPractice ? { set_rate_hz: this.rateHz } : {}),
      problem: this.problem,
    };
  }

  /** Whether viewers may switch the source's faults and rate. */
  private get isPractice(): boolean {
    return this.options.source?.rows.setFaults !== undefined;
  }

  private sourceText(): string {
    const { source } = this.options;
    if (source === null) return "records from outside";
    if (!this.isPractice || this.rateHz === source.rateHz) return source.description;
    return `${source.id}, ${this.rateHz} rows/s`;
  }

  private hops(): HopStatus[] {
    const { counters } = this.pipeline;
    const rows = this.rowRate.update(counters.rows);
    const messages = this.messageRate.update(counters.messages);
    const windows = this.windowRate.update(this.windows);
    return [
      { hop: "readout", last_ms: counters.lastRowsMs, rate_hz: rows, unit: "rows" },
      { hop: "data_raw", last_ms: counters.lastRecordMs, rate_hz: messages, unit: "messages" },
      { hop: "pipeline", last_ms: counters.lastBundleMs, rate_hz: rows, unit: "rows" },
      { hop: "data_clean", last_ms: counters.lastWindowMs, rate_hz: windows, unit: "windows" },
      { hop: "bridge", last_ms: Date.now(), rate_hz: null, unit: "clients" },
    ];
  }

  /** Ends production, pipeline and bridge, in the order of the data. */
  async close(): Promise<void> {
    await this.production?.stop().catch(() => undefined);
    try {
      await this.pipeline.close();
    } finally {
      await this.bridge?.close();
    }
  }
}
