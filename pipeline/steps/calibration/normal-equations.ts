/** Weighted linear least squares with few unknowns. */

/** sum of coefficients times unknowns = value ± sigma */
export interface Equation {
  coefficients: readonly number[];
  value: number;
  sigma: number;
}

interface Solution {
  values: number[];
  /** Their covariance. */
  covariance: number[][];
}

/** @throws RangeError when the equations do not determine the unknowns */
export function leastSquares(equations: readonly Equation[], unknowns: number): Solution {
  const rows = Array.from({ length: unknowns }, () => new Array<number>(unknowns).fill(0));
  const right = new Array<number>(unknowns).fill(0);
  for (const { coefficients, value, sigma } of equations) {
    const weight = 1 / sigma ** 2;
    coefficients.forEach((a, i) => {
      right[i] = (right[i] as number) + weight * a * value;
      const row = rows[i] as number[];
      coefficients.forEach((b, j) => (row[j] = (row[j] as number) + weight * a * b));
    });
  }
  const covariance = inverse(rows);
  const values = covariance.map((row) => row.reduce((sum, c, j) => sum + c * (right[j] as number), 0));
  return { values, covariance };
}

/** By elimination with the largest pivot. */
function inverse(matrix: readonly number[][]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < n; column += 1) {
    const order = rows.slice(column).map((row) => Math.abs(row[column] as number));
    const pivot = column + order.indexOf(Math.max(...order));
    const [own, other] = [rows[pivot] as number[], rows[column] as number[]];
    [rows[column], rows[pivot]] = [own, other];
    const head = own[column] as number;
    if (!(Math.abs(head) > 0)) throw new RangeError("the equations do not determine the unknowns");
    const scaled = own.map((value) => value / head);
    rows[column] = scaled;
    rows.forEach((row, i) => {
      const factor = row[column] as number;
      if (i !== column) rows[i] = row.map((value, j) => value - factor * (scaled[j] as number));
    });
  }
  return rows.map((row) => row.slice(n));
}
