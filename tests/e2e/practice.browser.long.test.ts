/** Every fault of the practice mode, with windows of 5 s as on shift: the right light, the right reason, in time, and back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../dashboard/browser.js";
import { Practice, type Expected } from "./practice.js";

const windowSeconds = 5;
/** Beside the two windows: from the click to the simulator, and from the rule to the page. */
const onTheWayMs = 3_000;

interface Case extends Expected {
  name: string;
  /** In how many windows it must be seen; more where hits must be collected first. */
  windows: number;
}

const cases: Case[] = [
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
    reason: /FPGA 1 gives no hits/,
    windows: 2,
  },
  {
    name: "the scintillator's silence with it",
    fault: "dead_fpga",
    light: "scintillator",
    state: /bad/,
    reason: /scintillator/i,
    windows: 5,
  },
  {
    name: "a late stream",
    fault: "late_data",
    light: "",
    state: /warning|bad/,
    reason: /come after the end of their window/,
    windows: 2,
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
    name: "messages that come twice",
    fault: "duplicates",
    light: "",
    state: /warning|bad/,
    reason: /came twice/,
    windows: 2,
  },
  { name: "a hot wire", fault: "hot_wire", light: "0", state: /warning|bad/, reason: /is hot/, windows: 3 },
];

describe.skipIf(findChromium() === null)("on shift", { timeout: 240_000 }, () => {
  let practice: Practice | undefined;
  beforeAll(async () => void (practice = await Practice.start(windowSeconds, 1000)), 240_000);
  afterAll(() => practice?.close());

  it.each(cases)("$name is seen in time, and clears", async (expected) => {
    const seen = await practice!.see(expected).finally(() => practice!.switchOff());
    const { tookMs, reason } = seen;
    console.info(`${expected.name}: ${(tookMs / 1000).toFixed(1)} s, "${reason.replace(/\s+/g, " ")}"`);
    // The window in which the fault began is the first that can show it whole only in part.
    expect(tookMs).toBeLessThan((expected.windows + 1) * windowSeconds * 1000 + onTheWayMs);
    await practice!.waitForHealth();
  });
});
