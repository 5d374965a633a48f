/**
 * Four hours of a healthy telescope, or a day with MUONITOR_WHOLE_DAYS=1: windows of the simulator through the pipeline's own
 * steps, with the status of a healthy system every second. There must be no alarm.
 */
import { expect } from "vitest";
import type { QualityChange, SystemStatus } from "../../../pipeline/model/index.js";
import { makeStatus } from "../../dashboard/support.js";
import { Practice, windowMs } from "./practice.js";
import type { StreamOptions } from "./simulated-stream.js";

const hours = process.env["MUONITOR_WHOLE_DAYS"] === "1" ? 24 : 4;
const windowsOfHours = hours * 720;
export const longestMs = 1_500_000;

/** @param windows number of windows; default: four hours, or a day */
export function expectGoodDay(stream: StreamOptions, windows = windowsOfHours): void {
  const changes: QualityChange[] = [];
  const practice = new Practice(stream, { onChange: (change) => changes.push(change) });
  const found = new Set<string>();
  const note = (n: number): void => {
    for (const { key, reason } of practice.faults) found.add(`${key}: ${reason} (window ${n})`);
  };
  for (let n = 0; n < windows; n += 1) {
    practice.run(1);
    note(n);
    for (let ms = 0; ms < windowMs; ms += 1000) {
      practice.judge.takeStatus(statusAt(practice.nowMs + ms), practice.nowMs + ms);
      note(n);
    }
  }
  expect([...found]).toEqual([]);
  expect(practice.quality.whole).toMatchObject({ state: "good" });
  // Each light changes from "too few" to "good" once, and stays good.
  expect(changes.filter(({ to }) => to !== "good" && to !== "few")).toEqual([]);
  expect(changes.length).toBeLessThan(40);
}

const { hops, ...rest } = makeStatus();

/** Every stage sent a heartbeat in the last second, the newest window is at most one window length old; nothing was dropped. */
function statusAt(nowMs: number): SystemStatus {
  const alive = hops.map((hop) => ({
    ...hop,
    last_ms: nowMs - (hop.unit === "windows" ? windowMs : 1000),
  }));
  return { ...rest, now_ms: nowMs, hops: alive, late: { messages: 0, rows: 0 } };
}
