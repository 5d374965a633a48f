/** Lines of `muonitor status`. */
import { expect, it } from "vitest";
import { windowsText } from "../../runners/cli/status.js";
import { makeStatus } from "../dashboard/support.js";

it("shows for how long windows can be corrected only on the system that makes them", () => {
  const bridge = { window_ms: 5000, allowed_lateness_ms: 0, open_windows: 0, latency_ms: null };
  expect(windowsText(makeStatus(bridge))).toBe("5 s, latency not known yet");
  const pipeline = { ...bridge, allowed_lateness_ms: 60_000, open_windows: 13, latency_ms: 65 };
  expect(windowsText(makeStatus(pipeline))).toBe("5 s, can be corrected for 60 s, 13 open, latency 65 ms");
});
