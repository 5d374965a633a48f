/**
 * The linear equations of a segment, solved once for every choice of layers and sides.
 *
 * A hit at time t in a cell whose wire is at x (mm), with the track on side s = -1 (left) or +1 (right), gives
 * x + s v (t - t0) = x0 + m z. With y = x + s v t and tau = v t0 this is y = x0 + m z + s tau, linear in (x0, m, tau).
 * Sides are bits: bit i is set if the track is to the right of the wire in layer i + 1.
 */
import { cellHeightMm, layersPerChamber } from "../../model/index.js";

/** Heights of the layers above the centre of the chamber, mm. */
export const layerHeightsMm = Float64Array.from(
  { length: layersPerChamber },
  (_, layer) => (layer + 1 - (layersPerChamber + 1) / 2) * cellHeightMm,
);

/** Number of choices of sides; the choices with all hits on the same side have no solution. */
export const sideChoices = 1 << layersPerChamber;
const allRight = sideChoices - 1;

/**
 * Coefficients of y for x0, m and tau by layers and sides: shape (5 x 16 x 3 x 4). The first index is the missing layer,
 * 0..3, or 4 if none is missing; coefficients of a missing layer are 0.
 */
export const solutions = new Float64Array((layersPerChamber + 1) * sideChoices * 3 * layersPerChamber);
export const solutionAt = (missing: number, sides: number): number => (missing * sideChoices + sides) * 12;

/**
 * Four hits: the sum of the squared residuals is the square of (coefficients times y). By sides, shape (16 x 4); opposite
 * sides have the same coefficients.
 */
export const residualCoefficients = new Float64Array(sideChoices * layersPerChamber);

for (let missing = 0; missing <= layersPerChamber; missing += 1) {
  const layers = [0, 1, 2, 3].filter((layer) => layer !== missing);
  const mask = layers.reduce((bits, layer) => bits | (1 << layer), 0);
  for (let sides = 0; sides < sideChoices; sides += 1) {
    if ((sides & ~mask) !== 0 || sides === 0 || sides === mask) continue;
    const rows = layers.map((layer) => rowOf(layer, sides));
    pseudoInverse(rows).forEach((coefficients, unknown) =>
      layers.forEach((layer, i) => {
        solutions[solutionAt(missing, sides) + unknown * 4 + layer] = coefficients[i] as number;
      }),
    );
  }
}
for (let sides = 1; sides < allRight; sides += 1) {
  const rows = [0, 1, 2, 3].map((layer) => rowOf(layer, Math.min(sides, allRight - sides)));
  residualCoefficients.set(unitNormal(rows), sides * 4);
}

type Row = [number, number, number];

function rowOf(layer: number, sides: number): Row {
  return [1, layerHeightsMm[layer] as number, (sides >> layer) & 1 ? 1 : -1];
}

function determinant([a, b, c]: readonly [Row, Row, Row]): number {
  return (
    a[0] * (b[1] * c[2] - b[2] * c[1]) -
    a[1] * (b[0] * c[2] - b[2] * c[0]) +
    a[2] * (b[0] * c[1] - b[1] * c[0])
  );
}

/** (A^T A)^-1 A^T from the rows of A, by Cramer's rule: one list of coefficients per unknown. */
function pseudoInverse(rows: readonly Row[]): number[][] {
  const normal = [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) => rows.reduce((sum, row) => sum + (row[i] as number) * (row[j] as number), 0)),
  ) as [Row, Row, Row];
  const whole = determinant(normal);
  return [0, 1, 2].map((unknown) =>
    rows.map((row) => {
      const replaced = normal.map((line, i) =>
        line.map((value, j) => (j === unknown ? (row[i] as number) : value)),
      ) as [Row, Row, Row];
      return determinant(replaced) / whole;
    }),
  );
}

/** The unit vector orthogonal to the three columns of the four rows. */
function unitNormal(rows: readonly Row[]): number[] {
  const normal = rows.map((_, i) => {
    const others = rows.filter((__, j) => j !== i) as unknown as [Row, Row, Row];
    return (i % 2 === 0 ? 1 : -1) * determinant(others);
  });
  const length = Math.hypot(...normal);
  return normal.map((value) => value / length);
}

/**
 * Coefficients of the points in the other three layers that give the position where their straight line crosses a layer:
 * shape (4 x 4), 0 for the layer itself.
 */
export const lineCoefficients = new Float64Array(layersPerChamber * layersPerChamber);
for (let layer = 0; layer < layersPerChamber; layer += 1) {
  const others = [0, 1, 2, 3].filter((other) => other !== layer);
  const heights = others.map((other) => layerHeightsMm[other] as number);
  const mean = heights.reduce((sum, z) => sum + z, 0) / heights.length;
  const spread = heights.reduce((sum, z) => sum + (z - mean) ** 2, 0);
  const aside = (layerHeightsMm[layer] as number) - mean;
  others.forEach((other, i) => {
    lineCoefficients[layer * layersPerChamber + other] =
      1 / heights.length + (aside * ((heights[i] as number) - mean)) / spread;
  });
}
