/** A running system: source, bridge, practice mode and status around an engine, which runs the pipeline. */
import {
  activeFaults,
  defaultFreshness,
  noFaults,
  windowAgeLimits,
  type DetectorConfig,
  type Faults,
  type SystemStatus,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import {
  createBridge,
  type Bridge,
  type BridgeOptions,
  type WindowPosition,
  type PracticeControl,
  type Store,
  type WindowSink,
  type WindowSource,
} from "../../dashboard/bridge/index.js";
import type { Engine, EngineStatus } from "./engine.js";
import { LiveProduction, type LiveSource } from "./production.js";
import { isSimulator } from "./source-names.js";
import { statusRoutes, type RouteTokens } from "./routes.js";
import { clockTime } from "../services/index.js";
import { endsWithin } from "../process/index.js";
import { version } from "../version.js";

export interface LiveOptions {
  /** The system's own source; null if all records come from outside. */
  source: LiveSource | null;
  stream: string;
  detector: DetectorConfig;
  windowMs: number;
  /** Whether messages have the keys of segments, timing, read-out and trigger words. */
  muons: boolean;
  allowedLatenessMs: number;
  host: string;
  port: number;
  pageFolder: string;
  /** Tokens for the routes that the system adds to those of the page. */
  tokens: RouteTokens;
  /** Further settings of the bridge: rules, token, webhook. */
  bridge?: Partial<BridgeOptions>;
  /** Opened when the system starts; closed with it. */
  openStore?: () => Store;
  log: (line: string) => void;
}

const statusIntervalMs = 1000;
/** Timeouts of the shutdown steps. */
const engineCloseMs = 2000;
const bridgeCloseMs = 1500;

export class LiveSystem {
  private readonly startedMs = Date.now();
  private readonly production: LiveProduction | null;
  private sink: WindowSink | null = null;
  private bridge: Bridge | null = null;
  private latencyMs: number | null = null;
  private reported: string | null = null;
  /** Before, problems belong to the start, and are shown but not logged. */
  private isStarted = false;
  /** Whether there was a problem and no current window has arrived since. */
  private isRecovering = false;
  /** Arrival time of the newest window, wall clock, ms. */
  private lastTakenMs: number | null = null;
  /** The newest window, whose rows may be of a simulator of another program. */
  private newest: WindowMessage | null = null;
  private rateHz: number;
  private timer: NodeJS.Timeout | undefined;
  private fail: (error: Error) => void = () => undefined;
  /** Rejects when the system cannot continue. */
  readonly failed = new Promise<never>((_, reject) => (this.fail = reject));

  constructor(
    private readonly live: LiveOptions,
    private readonly engine: Engine,
  ) {
    this.rateHz = live.source?.rateHz ?? 0;
    this.production = live.source === null ? null : new LiveProduction(live.source, live.log);
    this.failed.catch(() => undefined);
  }

  /** Starts everything; resolves to the address of the page. */
  async start(): Promise<string> {
    const target = await this.engine.start({
      startedMs: this.startedMs,
      window: (message, latencyMs, position) => this.takeWindow(message, latencyMs, position),
      failed: (error) => this.fail(error),
      production: () => this.production?.stats() ?? null,
    });
    // A topic keeps the windows until the bridge reads them; an engine in this process does not.
    if (this.engine.finishStart !== undefined) this.production?.start(target);
    const starting = await this.engine.finishStart?.();
    // If this rejects while the bridge is created, it is reported below.
    starting?.done.catch(() => undefined);
    const { openStore, bridge } = this.live;
    const store = openStore === undefined ? {} : { store: openStore() };
    this.bridge = await createBridge({ ...this.live, ...bridge, ...store, ...this.bridgeParts() });
    this.production?.start(target);
    // The page already shows the first windows.
    await starting?.done;
    this.isStarted = true;
    this.isRecovering = false;
    return this.bridge.url;
  }

  private bridgeParts(): Pick<BridgeOptions, "source" | "practice" | "routes" | "samples"> {
    const source: WindowSource = {
      start: (sink, positionsOf) => {
        this.timer = setInterval(() => sink.status(this.report()), statusIntervalMs);
        this.sink = sink;
        // Makes a status available immediately after the start.
        const started = this.engine.startWindows?.(positionsOf) ?? Promise.resolve();
        return started.then(() => sink.status(this.report()));
      },
      close: () => {
        clearInterval(this.timer);
        return Promise.resolve();
      },
    };
    const { engine } = this;
    const { tokens } = this.live;
    const routes = [...statusRoutes(this, tokens), ...(engine.routes?.(tokens) ?? [])];
    const common = { source, routes, samples: () => engine.samples?.() ?? [] };
    if (!this.isPractice) return common;
    const practice: PracticeControl = {
      // An exception becomes a rejection.
      setFaults: (change, options) =>
        Promise.resolve(change).then((faults) => this.setFaults(faults, options?.hidden ?? false)),
      setRate: (rateHz) => Promise.resolve(rateHz).then((rate) => this.setRate(rate)),
    };
    return { ...common, practice };
  }

  private setFaults(change: Partial<Faults>, isHidden: boolean): Faults {
    const faults = this.production?.setFaults(change) ?? noFaults;
    const names = isHidden ? "hidden" : activeFaults(faults).join(", ") || "none";
    this.live.log(`practice faults: ${names}`);
    return faults;
  }

  private setRate(rateHz: number): number {
    this.production?.setRate(rateHz);
    this.rateHz = rateHz;
    this.live.log(`practice rate: ${rateHz} rows/s`);
    return rateHz;
  }

  private takeWindow(message: WindowMessage, latencyMs: number | null, position?: WindowPosition): void {
    if (latencyMs !== null) this.lastTakenMs = Date.now();
    if (message.revision === 0 && latencyMs !== null) this.latencyMs = latencyMs;
    if (message.window.start_ms >= (this.newest?.window.start_ms ?? 0)) this.newest = message;
    this.sink?.window(message, position);
  }

  /** Updates the status every second, and logs new problems except those of parts. */
  private report(): SystemStatus {
    const status = this.ownStatus();
    const { problem, parts = [] } = status;
    const ofPart = parts.some((part) => part.problem !== null);
    if (this.isStarted && problem !== this.reported && !ofPart) {
      this.live.log(problem ?? "data is flowing again");
      this.reported = problem;
    }
    return status;
  }

  status(): SystemStatus {
    const status = this.ownStatus();
    return this.bridge?.complete(status) ?? status;
  }

  /** The status without the bridge's part. */
  private ownStatus(): SystemStatus {
    const engine = this.engine.status();
    const now = Date.now();
    return {
      now_ms: now,
      started_ms: this.startedMs,
      version,
      stream: this.live.stream,
      runner: this.engine.runner,
      source: engine.source ?? this.sourceText(),
      demo:
        this.live.source?.demo === true || this.newest?.sources.some(({ id }) => isSimulator(id)) === true,
      window_ms: engine.windowMs ?? this.live.windowMs,
      allowed_lateness_ms: this.live.allowedLatenessMs,
      hops: [...engine.hops, { hop: "bridge", last_ms: now, rate_hz: null, unit: "clients" }],
      late: engine.late,
      ...(engine.unread === null ? {} : { unread: engine.unread }),
      backlog_bytes: engine.backlogBytes,
      open_windows: engine.openWindows,
      latency_ms: this.latencyMs,
      faults: this.isPractice ? (this.production?.faults ?? noFaults) : null,
      ...(this.isPractice ? { set_rate_hz: this.rateHz } : {}),
      problem: this.problemOf(engine),
      parts: engine.parts,
      notices: engine.notices,
    };
  }

  /** The current problem, or the last one until windows arrive again. */
  private problemOf(engine: EngineStatus): string | null {
    const cause = this.causeOf(engine);
    if (cause !== null) this.isRecovering = true;
    return cause ?? this.recovery(engine);
  }

  /** The broken parts, else the first problem on the data path, because all others follow from it. */
  private causeOf({ parts, troubles }: EngineStatus): string | null {
    const broken = parts.flatMap(({ name, problem }) => (problem === null ? [] : [`${name} ${problem}`]));
    if (broken.length > 0) return broken.join(", ");
    return [this.production?.trouble() ?? null, ...troubles].find((trouble) => trouble !== null) ?? null;
  }

  private recovery({ hasInput }: EngineStatus): string | null {
    const sinceMs = this.lastTakenMs ?? this.startedMs;
    const limits = this.live.bridge?.rules?.config.rules["stream-silent"] ?? defaultFreshness;
    const { lateMs } = windowAgeLimits(this.live.windowMs, limits);
    if (Date.now() - sinceMs <= lateMs) this.isRecovering = false;
    return this.isRecovering && hasInput ? `no window has arrived since ${clockTime(sinceMs)}` : null;
  }

  /** Whether viewers may switch the source's faults and rate. */
  private get isPractice(): boolean {
    return this.live.source?.rows.setFaults !== undefined;
  }

  private sourceText(): string {
    const { source } = this.live;
    if (source === null) return "external records";
    if (!this.isPractice || this.rateHz === source.rateHz) return source.description;
    return `${source.id}, ${this.rateHz} rows/s`;
  }

  /** Stops production, pipeline and bridge, in the direction of the data path. */
  async close(): Promise<void> {
    const { log } = this.live;
    await this.production?.stop();
    try {
      if (!(await endsWithin(engineCloseMs, "the pipeline", () => this.engine.close())))
        log("the pipeline did not stop in time: its last windows are not written");
    } finally {
      await endsWithin(bridgeCloseMs, "the bridge", async () => this.bridge?.close());
    }
  }
}
