/** A reference over a histogram and the ratio to it, both with their errors. */
import { outline } from "./bars.js";
import { paletteOf } from "./palette.js";
import type { ChartDataset, Look, Point } from "./spec.js";

/**
 * The reference as an outline over the bars, and the ratio in the pad below: error bars of the data, an error band of
 * the reference.
 * @param expected not scaled, at the same places as the points
 * @param scale by which the expected counts are multiplied
 */
export function ratioWithErrors(
  points: readonly Point[],
  expected: readonly Point[],
  scale: number,
  look: Look,
): ChartDataset[] {
  const { total, mark } = paletteOf(look.dark);
  const scaled = expected.map(({ x, y }) => ({ x, y: (y ?? 0) * scale }));
  const ratios = points.map(({ x, y }, i): Point => {
    const want = scaled[i]?.y ?? 0;
    return { x, y: want < 1 ? null : (y ?? 0) / want };
  });
  const errors = ratios.map(({ y }, i): readonly [number, number] | null => {
    const [have, want] = [points[i]?.y ?? 0, scaled[i]?.y ?? 0];
    return y === null ? null : [y - Math.sqrt(have) / want, y + Math.sqrt(have) / want];
  });
  const band = ratios.map(({ y }, i) =>
    y === null ? null : 1 / Math.sqrt(Math.max(1, expected[i]?.y ?? 0)),
  );
  const { scale: size = 1 } = look;
  return [
    { ...outline("reference", total, scaled, look), borderDash: [4, 3], borderWidth: 1.3 },
    {
      type: "line",
      label: "ratio",
      data: ratios,
      yAxisID: "ratio",
      showLine: false,
      pointRadius: 1.6 * size,
      pointHoverRadius: 3 * size,
      pointBackgroundColor: mark,
      pointBorderWidth: 0,
      borderColor: mark,
      backgroundColor: mark,
      marks: { errors, band, colour: mark },
    },
  ];
}
