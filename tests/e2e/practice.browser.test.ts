/** Short acceptance test of the page: detector faults get the correct light and reason in time. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "../helpers/browser.js";
import { Practice, type Expected } from "./practice.js";

const cases: (Expected & { name: string })[] = [
  { name: "a dead layer", fault: "dead_layer", light: "1", state: /bad/, reason: /layer 3 is dead/i },
  { name: "a silent FPGA", fault: "dead_fpga", light: "2", state: /bad/, reason: /FPGA 1 sends no hits/ },
];

describe.skipIf(findChromium() === null)("in practice mode", { timeout: 240_000 }, () => {
  let practice: Practice | undefined;
  beforeAll(async () => void (practice = await Practice.start(2, 4000)), 150_000);
  afterAll(() => practice?.close());

  it.each(cases)("$name is shown with its reason within two windows, and clears", async (expected) => {
    const seen = await practice!.see(expected);
    expect(seen.windowId - seen.switchedIn, JSON.stringify(seen)).toBeLessThanOrEqual(2);
    await practice!.switchOff();
    await practice!.waitForHealth();
  });

  it("gives no errors in the browser", () => expect(practice!.complaints).toEqual([]));
});
