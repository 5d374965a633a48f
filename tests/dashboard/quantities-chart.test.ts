/** The trends of derived quantities: their axis shows a drift, but no values that cannot occur. */
import { describe, expect, it } from "vitest";
import { quantitiesChart } from "../../dashboard/src/charts/quantities.js";
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

describe("the axis of a trend", () => {
  it("of the efficiency ends at 100 %", () => {
    expect(axisOf("efficiency", [0.97, 0.84])).toMatchObject({ max: 100 });
  });

  it("ends a little above the values", () => {
    expect(axisOf("efficiency", [0.6, 0.5])).toMatchObject({ suggestedMin: 47.5, suggestedMax: 62.5 });
    expect(axisOf("drift_end_ns", [390, 410])).toMatchObject({ suggestedMax: 418.2 });
  });
});
