/** The trends of derived quantities: their axis shows a drift, but no values that cannot occur. */
import { describe, expect, it } from "vitest";
import { quantitiesChart, widestRange } from "../../dashboard/src/charts/quantities.js";
import type { QuantityName, QuantityPoint } from "../../pipeline/model/index.js";

function axisOf(quantity: QuantityName, values: readonly number[]): Record<string, unknown> {
  const points = values.map((value, i): QuantityPoint => {
    const [from_ms, to_ms] = [i * 300_000, (i + 1) * 300_000];
    return { from_ms, to_ms, seconds: 300, chambers: [{ [quantity]: [value, 0.01] }] } as QuantityPoint;
  });
  const options = { quantity, by: "time", fromMs: 0, toMs: 3_600_000 } as const;
  const spec = quantitiesChart(points, options, { dark: false, log: false });
  return spec.options?.scales?.["y"] as Record<string, unknown>;
}

/** Labels of an axis with these ticks. */
function labelsOf(values: readonly number[]): unknown[] {
  const { ticks } = axisOf("noise_hz", [1.8, 1.9]) as {
    ticks: { callback: (value: number, index: number, ticks: readonly { value: number }[]) => unknown };
  };
  const all = values.map((value) => ({ value }));
  return values.map((value, i) => ticks.callback(value, i, all));
}

describe("the range of a trend", () => {
  const point = (...ends: (number | null)[]): QuantityPoint =>
    ({
      ...{ from_ms: 0, to_ms: 300_000, seconds: 300 },
      chambers: ends.map((end) => ({ drift_end_ns: end === null ? null : [end, 1] })),
    }) as QuantityPoint;

  it("names the chamber that changed most, even if it returned", () => {
    const points = [point(390, 400), point(null, 460), point(392, 396)];
    expect(widestRange(points, "drift_end_ns")).toEqual({ chamber: 1, low: 396, high: 460 });
    expect(widestRange(points.slice(0, 1), "drift_end_ns")).toBeNull();
    expect(widestRange([], "drift_end_ns")).toBeNull();
  });
});

describe("the axis of a trend", () => {
  it.each([
    [
      [1.7, 1.75, 1.8, 1.85, 1.9],
      ["1.7", "1.75", "1.8", "1.85", "1.9"],
    ],
    [
      [97.5, 98, 98.5, 99, 100],
      ["97.5", "98", "98.5", "99", "100"],
    ],
    [
      [-0.2, -0.1, 0, 0.1],
      ["−0.2", "−0.1", "0", "0.1"],
    ],
    [
      [0.0021, 0.00215, 0.0022],
      ["0.0021", "0.00215", "0.0022"],
    ],
    [
      [10_000, 10_050, 10_100],
      ["10k", "10.05k", "10.1k"],
    ],
    [[0.1 + 0.2], ["0.3"]],
  ])("labels %j with different numbers", (values, labels) => {
    expect(labelsOf(values)).toEqual(labels);
  });

  it("of the efficiency ends at 100 %", () => {
    expect(axisOf("efficiency", [0.97, 0.84])).toMatchObject({ max: 100 });
  });

  it("ends a little above the values", () => {
    expect(axisOf("efficiency", [0.6, 0.5])).toMatchObject({ suggestedMin: 47.5, suggestedMax: 62.5 });
    expect(axisOf("drift_end_ns", [390, 410])).toMatchObject({ suggestedMax: 418.2 });
  });
});
