/** Every fault of the practice mode, with windows of 5 s as on shift: correct light and reason in time, and clearing. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../helpers/browser.js";
import { Practice, type Expected } from "./practice.js";

const windowSeconds = 5;

interface Case extends Expected {
  name: string;
  /** Number of windows within which the fault must be seen, including its first; more if hits must be collected. */
  windows: number;
}

const cases: Case[] = [
  // First, because it takes longest to clear: late rows can arrive until the allowed lateness is over.
  {
    name: "a late stream",
    fault: "late_data",
    light: "",
    state: /warning|bad/,
    reason: /arrive late/,
    windows: 2,
  },
  {
    name: "a dead layer",
    fault: "dead_layer",
    light: "1",
    state: /bad/,
    reason: /layer 3 is dead/i,
    windows: 2,
  },
  {
    name: "a silent FPGA",
    fault: "dead_fpga",
    light: "3",
    state: /bad/,
    reason: /FPGA 1 sends no hits/,
    windows: 2,
  },
  {
    name: "the silent scintillator of a dead FPGA",
    fault: "dead_fpga",
    light: "scintillator",
    state: /bad/,
    reason: /scintillator/i,
    // About 8 signals are expected per window, and 20 are needed.
    windows: 4,
  },
  {
    name: "a stopped DAQ",
    fault: "stall",
    light: "",
    state: /bad/,
    reason: /has been silent|has stopped/,
    windows: 2,
  },
  {
    name: "a silent detector",
    fault: "silence",
    light: "",
    state: /bad/,
    reason: /no rows|has been silent/,
    windows: 2,
  },
  { name: "garbage", fault: "garbage", light: "", state: /warning|bad/, reason: /malformed/, windows: 2 },
  {
    name: "duplicate messages",
    fault: "duplicates",
    light: "",
    state: /warning|bad/,
    reason: /arrived twice/,
    windows: 2,
  },
  { name: "a hot wire", fault: "hot_wire", light: "0", state: /warning|bad/, reason: /is hot/, windows: 2 },
];

/** The cases mostly wait for windows to end, so several systems with their own pages run them in parallel. */
const systems = 3;

/** Systems that are free; a case waits for the next one. */
class Free {
  private readonly waiting: ((practice: Practice) => void)[] = [];
  private readonly free: Practice[] = [];

  give(practice: Practice): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free.push(practice);
    else next(practice);
  }

  async take(): Promise<Practice> {
    return this.free.shift() ?? new Promise((resolve) => this.waiting.push(resolve));
  }
}

describe.skipIf(findChromium() === null)("on shift", { timeout: 480_000 }, () => {
  const started: Practice[] = [];
  const free = new Free();
  beforeAll(async () => {
    const starts = Array.from({ length: systems }, async () => {
      const practice = await Practice.start(windowSeconds, 1000);
      started.push(practice);
      free.give(practice);
    });
    await Promise.all(starts);
  }, 240_000);
  afterAll(() => Promise.all(started.map((practice) => practice.close())));

  it.concurrent.each(cases)("$name is seen in time, and clears", async (expected) => {
    const practice = await free.take();
    try {
      const seen = await practice.see(expected).finally(() => practice.switchOff());
      const { windows, tookMs, reason } = seen;
      const words = `${expected.name}: ${windows} windows, ${(tookMs / 1000).toFixed(1)} s`;
      console.info(`${words}, "${reason.replace(/\s+/g, " ")}"`);
      expect(windows, words).toBeLessThanOrEqual(expected.windows);
    } finally {
      // The next case starts with a healthy system, even after a failure.
      await practice.waitForHealth().finally(() => free.give(practice));
    }
  });
});
