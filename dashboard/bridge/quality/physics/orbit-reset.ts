/** A reset of all orbit counters together, as when a run begins: no fault, while one FPGA that falls alone is one. */
import { maxOrbit, type WindowMessage } from "../../../../pipeline/model/index.js";

/** 89 s: no disorder of rows is as long. */
const leastFall = 1_000_000;
const orbitNumbers = maxOrbit + 1;
/** Windows within which all counters must fall. */
const togetherWindows = 2;

export class OrbitReset {
  /** By FPGA: the last orbit of its newest window. */
  private readonly last = new Map<string, number>();
  /** By FPGA: the windows, counted from the start, in which it spoke and fell last. */
  private readonly spoke = new Map<string, number>();
  private readonly fell = new Map<string, number>();
  private windows = 0;

  /** `waiting` where some counters fell in this window and the others may in the next. */
  take({ read_out: readOut = {} }: WindowMessage): "none" | "waiting" | "reset" {
    this.windows += 1;
    let fallsNow = false;
    for (const [fpga, { orbit_last: orbit }] of Object.entries(readOut)) {
      if (orbit === null) continue;
      const fall = (this.last.get(fpga) ?? orbit) - orbit;
      this.last.set(fpga, orbit);
      this.spoke.set(fpga, this.windows);
      // A counter that has wrapped is little ahead of where it was.
      if (fall <= leastFall || orbitNumbers - fall <= leastFall) continue;
      this.fell.set(fpga, this.windows);
      fallsNow = true;
    }
    if (!fallsNow) return "none";
    const isRecent = (window = -Infinity): boolean => window > this.windows - togetherWindows;
    const speaking = [...this.spoke].filter(([, window]) => isRecent(window)).map(([fpga]) => fpga);
    if (speaking.every((fpga) => isRecent(this.fell.get(fpga)))) return "reset";
    return "waiting";
  }

  forget(): void {
    this.last.clear();
    this.spoke.clear();
    this.fell.clear();
  }
}
