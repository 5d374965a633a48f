/** A practice session with only the rules: the simulated stream is judged window by window. */
import { expect } from "vitest";
import { QualityJudge, type JudgeOptions } from "../../../dashboard/bridge/quality/index.js";
import {
  muonKeyNames,
  type Faults,
  type Finding,
  type Quality,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { SimulatedStream, windowMs, type StreamOptions } from "./simulated-stream.js";

export class Practice {
  readonly judge: QualityJudge;
  readonly stream: SimulatedStream;
  nowMs = 0;

  constructor(stream: StreamOptions = {}, options: JudgeOptions = {}) {
    this.judge = new QualityJudge(options);
    this.stream = new SimulatedStream(stream);
  }

  get quality(): Quality {
    return this.judge.quality!;
  }

  /** Findings that are not consequences of others: each is an alarm. */
  get faults(): Finding[] {
    return this.quality.findings.filter(
      ({ state, cause }) => (state === "warning" || state === "bad") && cause === null,
    );
  }

  /** Runs for this number of windows; `change` alters the messages before they are judged. */
  run(windows: number, change: (message: WindowMessage) => WindowMessage = (message) => message): void {
    for (let i = 0; i < windows; i += 1) {
      for (const message of this.stream.next()) {
        this.nowMs = Math.max(this.nowMs + 1, message.window.end_ms + 100);
        this.judge.takeWindow(change(message), this.nowMs);
      }
    }
  }

  set(faults: Partial<Faults>): void {
    this.stream.setFaults(faults);
  }

  /** Number of windows until a condition is met, at most `most`. */
  windowsUntil(isSo: (quality: Quality) => boolean, most: number): number {
    for (let n = 1; n <= most; n += 1) {
      this.run(1);
      if (isSo(this.quality)) return n;
    }
    return Infinity;
  }
}

/** After a minute of good data. */
export function healthy(): Practice {
  const practice = new Practice();
  practice.run(12);
  expect(practice.faults).toEqual([]);
  expect(practice.quality.whole).toMatchObject({ state: "good", reason: "all chambers are good" });
  return practice;
}

/** Removes the segments, as with --no-muons: altered cell counts would contradict them. */
export function withoutMuons(message: WindowMessage): WindowMessage {
  const copy = structuredClone(message);
  for (const key of muonKeyNames) Reflect.deleteProperty(copy, key);
  return copy;
}

/** Alters the cells of one chamber and keeps all sums consistent. */
export function withCells(
  message: WindowMessage,
  chamber: number,
  change: (hits: number, cell: number) => number,
): WindowMessage {
  const copy = structuredClone(message);
  const counts = copy.tdc_counts_chamber[String(chamber) as "0"];
  const before = counts.hist_counts.reduce((sum, hits) => sum + hits, 0);
  counts.hist_counts = counts.hist_counts.map((hits, cell) => Math.round(change(hits, cell)));
  const gain = counts.hist_counts.reduce((sum, hits) => sum + hits, 0) - before;
  copy.hit_count_chamber[chamber]! += gain;
  copy.hit_count += gain;
  copy.ledger.hits += gain;
  copy.ledger.rows += gain;
  return copy;
}

export { windowMs };
