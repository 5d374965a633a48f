/** Lines of `muonitor status`. */
import { expect, it } from "vitest";
import { windowsText } from "../../runners/cli/status.js";
import { makeStatus } from "../dashboard/support.js";

it("the time in which windows can be corrected is shown only for the system that creates them", () => {
  const bridge = { window_ms: 5000, allowed_lateness_ms: 0, open_windows: 0, latency_ms: null };
  expect(windowsText(makeStatus(bridge))).toBe("5 s, latency unknown so far");
  const pipeline = { ...bridge, allowed_lateness_ms: 60_000, open_windows: 13, latency_ms: 65 };
  expect(windowsText(makeStatus(pipeline))).toBe("5 s, can be corrected for 60 s, 13 open, latency 65 ms");
});
