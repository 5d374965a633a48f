/**
 * Window messages of the simulated telescope, as fast as they can be computed: the simulator and the pipeline's steps
 * (decode, accumulate, merge, summarise), without a clock.
 */
import { encodeSequenceKey } from "../pipeline/model/index.js";
import type { DetectorConfig, DetectorFault, Faults, WindowMessage } from "../pipeline/model/index.js";
import {
  BundleAccumulator,
  bytesInMemory,
  defaultPipelineConfig,
  mergePartials,
  PartialCursor,
  summarise,
} from "../pipeline/steps/index.js";
import type { PipelineConfig } from "../pipeline/steps/index.js";
import { defaultRateHz, Simulator, type SimulatorPreset } from "./simulator/index.js";

/** Block size for reading partial results, larger than any of them. */
const blockBytes = 1 << 20;
/** Time between the end of a window and its message. */
const emitDelayMs = 100;
const text = new TextEncoder();

/** A detector fault during a range of windows. */
interface WindowFault {
  fault: DetectorFault;
  /** Number of the first window with the fault, from 0; default 0. */
  from?: number;
  /** Number of the first window after the fault; default: the fault remains. */
  to?: number;
}

export interface SimulatedWindowsOptions {
  /** Default 1. */
  seed?: number;
  /** Default `clean`. */
  preset?: SimulatorPreset;
  /** Rows/s of the healthy telescope; default 1000. */
  rateHz?: number;
  faults?: readonly WindowFault[];
  /** Default 5000. */
  windowMs?: number;
  /** Messages with rows in a window, in addition to a heartbeat; default 5. */
  messagesPerWindow?: number;
  /** msg_ID of the first window; default 100 000. */
  firstId?: number;
  /** Orbit counter at the start; default 1 000 000. */
  firstOrbit?: number;
  /** The set-up that the pipeline uses; default: the default detector. */
  detector?: DetectorConfig;
  /** The set-up that is simulated; default: `detector`. */
  telescope?: DetectorConfig;
}

/** An endless stream of windows; the same options produce the same messages. */
export class SimulatedWindows {
  private readonly simulator: Simulator;
  private readonly config: PipelineConfig;
  private readonly rowsPerMessage: number;
  private readonly messagesPerWindow: number;
  private readonly firstId: number;
  private readonly faults: readonly WindowFault[];
  private sequence = 0;
  private window = 0;

  /** @throws UsageError if an option of the simulator is invalid */
  constructor(options: SimulatedWindowsOptions = {}) {
    const { rateHz = defaultRateHz, windowMs = 5000, detector = defaultPipelineConfig.detector } = options;
    this.simulator = new Simulator({
      seed: options.seed ?? 1,
      rateHz,
      firstOrbit: options.firstOrbit ?? 1_000_000,
      preset: options.preset ?? "clean",
      detector: options.telescope ?? detector,
    });
    this.config = { ...defaultPipelineConfig, windowMs, detector };
    this.messagesPerWindow = options.messagesPerWindow ?? 5;
    this.rowsPerMessage = (rateHz * windowMs) / 1000 / this.messagesPerWindow;
    this.firstId = options.firstId ?? 100_000;
    this.faults = options.faults ?? [];
  }

  /**
   * Switches faults from the next window on. A change of `detector` is lost when a fault of the options begins or ends:
   * the faults of the options then replace it.
   */
  setFaults(change: Partial<Faults>): Faults {
    return this.simulator.setFaults(change);
  }

  /** The message of the next window. */
  next(): WindowMessage {
    this.switchFaults();
    const id = this.firstId + this.window;
    const { windowMs, detector } = this.config;
    const bundle = new BundleAccumulator(this.config);
    for (let i = 0; i < this.messagesPerWindow; i += 1) this.addMessage(bundle, id * windowMs, i);
    // The heartbeat creates windows without rows.
    bundle.add(id * windowMs, null, new Uint8Array(0));
    const cursors = [...bundle.finish()].map(
      ({ bytes }) => new PartialCursor(bytesInMemory(bytes), blockBytes),
    );
    this.window += 1;
    return summarise(mergePartials(cursors, detector), {
      window: { start_ms: id * windowMs, end_ms: (id + 1) * windowMs, time: "arrival" },
      detector,
      partial: false,
      revision: 0,
      emittedMs: (id + 1) * windowMs + emitDelayMs,
    });
  }

  /** The messages of the next windows. */
  take(windows: number): WindowMessage[] {
    return Array.from({ length: windows }, () => this.next());
  }

  private switchFaults(): void {
    const { window } = this;
    if (!this.faults.some(({ from = 0, to }) => from === window || to === window)) return;
    const detector = this.faults
      .filter(({ from = 0, to = Infinity }) => window >= from && window < to)
      .map(({ fault }) => fault);
    this.simulator.setFaults({ detector });
  }

  private addMessage(bundle: BundleAccumulator, startMs: number, place: number): void {
    const key = encodeSequenceKey({ id: "simulator", epoch: 1, partition: 0, sequence: this.sequence });
    this.sequence += 1;
    const sent = (this.window * this.messagesPerWindow + place) * this.rowsPerMessage;
    let left = Math.round(sent + this.rowsPerMessage) - Math.round(sent);
    const blocks: Uint8Array[] = [];
    // A hot cell produces rows in addition to the set rate.
    while (left > 0) {
      const { bytes, spent } = this.simulator.next(left);
      blocks.push(bytes);
      left -= spent;
    }
    bundle.add(
      startMs,
      text.encode(key),
      blocks.length === 1 ? (blocks[0] as Uint8Array) : Buffer.concat(blocks),
    );
  }
}
