/** Where the ticks of an axis are, and what their labels are. */
import { describe, expect, it } from "vitest";
import { timeLabel } from "../../dashboard/src/charts/hits-over-time.js";
import { occupancyOverviewChart } from "../../dashboard/src/charts/occupancy.js";
import { timeTicks, wholeTicks } from "../../dashboard/src/charts/ticks.js";
import { pictureOf } from "../../dashboard/src/live/picture.js";
import { makeMessage } from "../helpers/messages.js";

describe("ticks", () => {
  it("of time are at round times", () => {
    expect(timeTicks(61_000, 300_000, 5, 100)).toEqual([120_000, 180_000, 240_000, 300_000]);
    expect(timeTicks(0, 2_000, 8, 100)).toEqual([0, 1_000, 2_000]);
    for (const days of [1.5, 3, 20, 60, 11_574])
      expect(timeTicks(0, days * 86_400_000, 8, 100).length, `${days} days`).toBeLessThan(10);
    expect([43_200_000, 86_400_000].map(timeLabel(129_600_000))).toEqual(["12:00", "01-02"]);
  });

  it("of time do not overlap on a short axis", () => {
    expect(timeTicks(61_000, 300_000, 5, 20)).toEqual([120_000, 240_000]);
    expect(timeTicks(61_000, 300_000, 5, 1)).toEqual([300_000]);
  });

  it("of numbers are integers", () => {
    expect(wholeTicks(63.5, 127.5, 10)).toEqual([64, 72, 80, 88, 96, 104, 112, 120]);
    expect(wholeTicks(0.5, 12.5, 12)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });

  it("of chambers are short where names would touch", () => {
    const { options } = occupancyOverviewChart(pictureOf(makeMessage({ id: 1 })), { dark: true, log: false });
    const { ticks } = (options as { scales: { x: { ticks: { callback: (x: number) => string } } } }).scales.x;
    const labels = (maxWidth: number): string[] =>
      [31.5, 95.5].map((middle) => ticks.callback.call({ maxWidth }, middle));
    expect(labels(400)).toEqual(["chamber 0", "chamber 1"]);
    expect(labels(230)).toEqual(["0", "1"]);
  });
});
