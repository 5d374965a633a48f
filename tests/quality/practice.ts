/** A practice session on the rules alone: the simulated stream before a judge, window by window. */
import { QualityJudge, type JudgeOptions } from "../../dashboard/bridge/quality/index.js";
import type { Faults, Finding, Quality, WindowMessage } from "../../pipeline/model/index.js";
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

  get faults(): Finding[] {
    return this.quality.findings.filter(({ state }) => state === "warning" || state === "bad");
  }

  /** Lets so many window lengths go by; `change` alters messages on their way. */
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

  /** Windows until something is found, at most `most`. */
  windowsUntil(isSo: (quality: Quality) => boolean, most: number): number {
    for (let n = 1; n <= most; n += 1) {
      this.run(1);
      if (isSo(this.quality)) return n;
    }
    return Infinity;
  }
}

export { windowMs };
