/** A day of a healthy telescope: 17 280 windows of the simulator through the pipeline's own steps, and no alarm. */
import { expect } from "vitest";
import type { QualityChange } from "../../pipeline/model/index.js";
import { Practice } from "./practice.js";
import type { StreamOptions } from "./simulated-stream.js";

const windowsOfADay = 17_280;
export const dayMs = 1_500_000;

export function expectGoodDay(stream: StreamOptions): void {
  const changes: QualityChange[] = [];
  const practice = new Practice(stream, { onChange: (change) => changes.push(change) });
  const found = new Set<string>();
  for (let n = 0; n < windowsOfADay; n += 1) {
    practice.run(1);
    for (const { key, reason } of practice.faults) found.add(`${key}: ${reason} (window ${n})`);
  }
  expect([...found]).toEqual([]);
  expect(practice.quality.whole).toMatchObject({ state: "good" });
  // Each light goes from "too few" to good once, and stays so.
  expect(changes.filter(({ to }) => to !== "good" && to !== "few")).toEqual([]);
  expect(changes.length).toBeLessThan(40);
}
