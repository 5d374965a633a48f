/** Windows of the simulated telescope (simulator, decoding, summary) as fast as they can be computed, without a clock. */
import {
  noFaults,
  type DetectorConfig,
  type Faults,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { encodeSequenceKey } from "../../../pipeline/model/index.js";
import {
  BundleAccumulator,
  bytesInMemory,
  defaultPipelineConfig,
  mergePartials,
  PartialCursor,
  summarise,
} from "../../../pipeline/steps/index.js";
import { Simulator, type SimulatorPreset } from "../../../producer/simulator/index.js";

const text = new TextEncoder();
export const windowMs = 5000;

export interface StreamOptions {
  seed?: number;
  rateHz?: number;
  /** msg_ID of the first window. */
  firstId?: number;
  messagesPerWindow?: number;
  /** Default `clean`. */
  preset?: SimulatorPreset;
  /** The channel map that the pipeline uses; default: the correct one. */
  detector?: DetectorConfig;
}

interface Sent {
  key: Uint8Array;
  value: Uint8Array;
}

export class SimulatedStream {
  private readonly simulator: Simulator;
  private readonly rateHz: number;
  private readonly perWindow: number;
  private readonly detector: DetectorConfig;
  private sequence = 0;
  private id: number;
  private faults: Faults = noFaults;
  private readonly revisions = new Map<number, number>();
  private readonly content = new Map<number, Sent[]>();
  /** Changes the fields of each row, or drops it (null), for faults that the simulator does not have. */
  changeRow: ((fields: string[]) => string[] | null) | null = null;

  constructor(options: StreamOptions = {}) {
    const { seed = 1, rateHz = 1000, firstId = 100_000, messagesPerWindow = 5 } = options;
    this.simulator = new Simulator({ seed, rateHz, firstOrbit: 0, preset: options.preset ?? "clean" });
    this.rateHz = rateHz;
    this.perWindow = messagesPerWindow;
    this.detector = options.detector ?? defaultPipelineConfig.detector;
    this.id = firstId;
  }

  /** Detector faults are made by the simulator, faults of the data path here. */
  setFaults(change: Partial<Faults>): void {
    this.faults = { ...this.faults, ...change };
    const { dead_fpga, dead_layer, hot_wire, detector, garbage } = this.faults;
    this.simulator.setFaults({ dead_fpga, dead_layer, hot_wire, detector, garbage });
  }

  /** The messages of the next window: none during a stall, several if late rows correct older windows. */
  next(): WindowMessage[] {
    const id = this.id;
    this.id += 1;
    const { silence, stall, late_data, duplicates } = this.faults;
    if (silence || stall) {
      this.simulator.pass(windowMs);
      if (stall) return [];
      this.content.set(id, []);
      return [this.message(id)];
    }
    const touched = new Set([id]);
    this.content.set(id, []);
    for (let i = 0; i < this.perWindow; i += 1) {
      const isLate = late_data !== null && i < Math.round(late_data.fraction * this.perWindow);
      const target = isLate ? id - Math.round(late_data.delay_ms / windowMs) : id;
      touched.add(target);
      const sent = this.send();
      const place = this.content.get(target) ?? [];
      place.push(sent, ...(i < Math.round(duplicates * this.perWindow) ? [sent] : []));
      this.content.set(target, place);
    }
    this.forget(id - 20);
    return [...touched].sort((a, b) => a - b).map((one) => this.message(one));
  }

  private send(): Sent {
    const key = encodeSequenceKey({ id: "simulator", epoch: 1, partition: 0, sequence: this.sequence });
    this.sequence += 1;
    let left = Math.round((this.rateHz * windowMs) / 1000 / this.perWindow);
    const blocks: Uint8Array[] = [];
    // The rows of a hot wire are in addition to the nominal rate.
    while (left > 0) {
      const { bytes, spent } = this.simulator.next(left);
      blocks.push(bytes);
      left -= spent;
    }
    return { key: text.encode(key), value: this.changed(Buffer.concat(blocks)) };
  }

  private changed(bytes: Buffer): Uint8Array {
    const { changeRow } = this;
    if (changeRow === null) return bytes;
    const rows = bytes.toString().split("\n");
    const changed = rows.flatMap((row) => (row === "" ? [] : [changeRow(row.split(","))]));
    return text.encode(changed.map((fields) => (fields === null ? "" : `${fields.join()}\n`)).join(""));
  }

  private forget(id: number): void {
    this.content.delete(id);
    this.revisions.delete(id);
  }

  private message(id: number): WindowMessage {
    const { detector } = this;
    const bundle = new BundleAccumulator({ ...defaultPipelineConfig, windowMs, detector });
    for (const { key, value } of this.content.get(id) ?? []) bundle.add(id * windowMs, key, value);
    // A heartbeat: the window exists even without rows.
    bundle.add(id * windowMs, null, new Uint8Array(0));
    const cursors = [...bundle.finish()].map(({ bytes }) => new PartialCursor(bytesInMemory(bytes), 1 << 20));
    const revision = (this.revisions.get(id) ?? -1) + 1;
    this.revisions.set(id, revision);
    return summarise(mergePartials(cursors, detector), {
      window: { start_ms: id * windowMs, end_ms: (id + 1) * windowMs, time: "arrival" },
      detector,
      partial: false,
      revision,
      emittedMs: (id + 1) * windowMs + 100,
    });
  }
}
