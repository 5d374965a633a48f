/** The embedded engine: an in-memory topic, and the pipeline in a thread of this process. */
import { tmpdir } from "node:os";
import type { RowSample } from "../../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../../pipeline/steps/index.js";
import type { Routes } from "../../../dashboard/bridge/index.js";
import { PipelineClient } from "./pipeline-client.js";
import { RateMeter } from "../rate-meter.js";
import { SampleRing } from "../sample-ring.js";
import { Probe } from "../../services/index.js";
import type { Engine, EngineRun, EngineStatus, RowTarget } from "../engine.js";
import type { LiveOptions } from "../live-system.js";
import { recordRoutes, type RouteTokens } from "../routes.js";

type EmbeddedOptions = Pick<LiveOptions, "detector" | "windowMs" | "muons" | "allowedLatenessMs">;

/** Usual transit time of records from a producer in this process to the pipeline's thread. */
const watermarkDelayMs = 20;
/** A producer sends at least a heartbeat every second. */
const inputMs = 5000;
const pipelineMemoryBytes = 256 << 20;

function configOf({ detector, windowMs, muons }: EmbeddedOptions): PipelineConfig {
  return { ...defaultPipelineConfig, detector, windowMs, muons };
}

export class EmbeddedEngine implements Engine {
  readonly runner = "embedded";
  readonly pipeline: PipelineClient;
  private run: EngineRun | null = null;
  private windows = 0;
  private readonly sampleRing = new SampleRing();
  private probe: Probe | null = null;
  private readonly rowRate = new RateMeter();
  private readonly messageRate = new RateMeter();
  private readonly windowRate = new RateMeter(60_000);

  constructor(options: EmbeddedOptions) {
    this.pipeline = new PipelineClient(
      {
        config: configOf(options),
        allowedLatenessMs: options.allowedLatenessMs,
        watermarkDelayMs,
        startedMs: Date.now(),
        memoryBytes: pipelineMemoryBytes,
        temporaryFolder: tmpdir(),
      },
      {
        window: (message, latencyMs) => {
          this.windows += 1;
          this.run?.window(message, latencyMs);
        },
        samples: (samples) => this.sampleRing.add(samples),
        failed: (error) => this.run?.failed(error),
      },
    );
  }

  async start(run: EngineRun): Promise<RowTarget> {
    this.run = run;
    await this.pipeline.ready();
    this.probe = new Probe({ ask: (signal) => this.pipeline.ask(signal) });
    return { sender: this.pipeline, partitions: 1 };
  }

  samples(): RowSample[] {
    return this.sampleRing.list();
  }

  routes(tokens: RouteTokens): Routes {
    return recordRoutes(this.pipeline, tokens);
  }

  status(): EngineStatus {
    const { counters } = this.pipeline;
    const rows = this.rowRate.update(counters.rows);
    const messages = this.messageRate.update(counters.messages);
    const windows = this.windowRate.update(this.windows);
    return {
      hops: [
        { hop: "readout", last_ms: counters.lastRowsMs, rate_hz: rows, unit: "rows" },
        { hop: "data_raw", last_ms: counters.lastRecordMs, rate_hz: messages, unit: "messages" },
        { hop: "pipeline", last_ms: counters.lastBundleMs, rate_hz: rows, unit: "rows" },
        { hop: "data_clean", last_ms: counters.lastWindowMs, rate_hz: windows, unit: "windows" },
      ],
      late: counters.late,
      unread: null,
      backlogBytes: counters.backlogBytes,
      openWindows: counters.openWindows,
      parts: [{ name: "the pipeline thread", problem: this.probe?.problem ?? null }],
      notices: [],
      troubles: [],
      hasInput: Date.now() - (counters.lastRecordMs ?? 0) <= inputMs,
    };
  }

  close(): Promise<void> {
    this.probe?.close();
    return this.pipeline.close();
  }
}
