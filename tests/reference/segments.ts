/** Segments of one chamber in one orbit by brute force: slow, and with this module's own constants. */

export interface ReferenceHit {
  layer: number;
  wire: number;
  bx: number;
  tdc: number;
  t: number;
}

export interface ReferenceSegment {
  /** By layer 1..4; null without a hit. */
  hits: (ReferenceHit | null)[];
  /** -1 left, +1 right, 0 without a hit. */
  sides: number[];
  t0: number;
  x: number;
  tan: number;
  rms: number;
}

export interface ReferenceChamber {
  segments: ReferenceSegment[];
  /** Missing layer of each ambiguous segment; null if its solutions miss different layers. */
  ambiguous: (number | null)[];
  showers: number;
  used: Set<ReferenceHit>;
  inShowers: Set<ReferenceHit>;
}

const velocity = 0.0538;
export const wireX = (layer: number, wire: number): number => 42 * wire - (layer % 2 === 1 ? 294 : 315);
export const layerZ = (layer: number): number => 13 * (layer - 2.5);

interface Solution extends ReferenceSegment {
  sum: number;
}

export function findSegments(
  hits: ReferenceHit[],
  offset: number,
  signals: number[],
  maxRms = 1.5,
): ReferenceChamber {
  const found: ReferenceChamber = {
    segments: [],
    ambiguous: [],
    showers: 0,
    used: new Set(),
    inShowers: new Set(),
  };
  const regular = hits.filter(({ bx, tdc }) => bx <= 3563 && tdc >= 0 && tdc <= 32);
  for (const group of groupsOf(regular)) {
    if (group.length > 24 || countCombinations(group) > 256) {
      found.showers += 1;
      for (const hit of group) found.inShowers.add(hit);
    } else resolveGroup(group, offset, signals, maxRms, found);
  }
  return found;
}

function groupsOf(hits: ReferenceHit[]): ReferenceHit[][] {
  const sorted = [...hits].sort((a, b) => a.t - b.t || a.layer - b.layer || a.wire - b.wire);
  const groups: ReferenceHit[][] = [];
  for (const hit of sorted) {
    const group = groups.at(-1);
    if (group !== undefined && hit.t - group.at(-1)!.t <= 430) group.push(hit);
    else groups.push([hit]);
  }
  return groups;
}

function* choices(group: ReferenceHit[]): Generator<ReferenceHit[]> {
  const ofLayer = [1, 2, 3, 4].map((layer) => [null, ...group.filter((hit) => hit.layer === layer)]);
  for (const a of ofLayer[0]!)
    for (const b of ofLayer[1]!)
      for (const c of ofLayer[2]!)
        for (const d of ofLayer[3]!) {
          const chosen = [a, b, c, d].filter((hit) => hit !== null);
          if (chosen.length >= 3 && chosen.every((one) => chosen.every((two) => touch(one, two))))
            yield chosen;
        }
}

function touch(a: ReferenceHit, b: ReferenceHit): boolean {
  return Math.abs(wireX(a.layer, a.wire) - wireX(b.layer, b.wire)) <= 42 * Math.abs(a.layer - b.layer);
}

function countCombinations(group: ReferenceHit[]): number {
  let count = 0;
  for (const chosen of choices(group)) {
    count += chosen.length > 0 ? 1 : 0;
    if (count > 256) break;
  }
  return count;
}

function resolveGroup(
  group: ReferenceHit[],
  offset: number,
  signals: number[],
  maxRms: number,
  found: ReferenceChamber,
): void {
  let left = group;
  for (let taken = 0; taken < 8; taken += 1) {
    const solutions = [...choices(left)].flatMap((chosen) => solutionsOf(chosen, maxRms));
    const four = solutions.filter(({ hits }) => hits.every((hit) => hit !== null));
    const three = solutions.filter(({ hits }) => hits.some((hit) => hit === null));
    const segment = four.length > 0 ? bestOfFour(four) : bestOfThree(three, offset, signals);
    if (segment === undefined && three.length === 0) return;
    const used = segment === undefined ? three.flatMap(({ hits }) => hits) : segment.hits;
    if (segment !== undefined) found.segments.push(segment);
    else found.ambiguous.push(commonMissing(three));
    for (const hit of used) if (hit !== null) found.used.add(hit);
    left = left.filter((hit) => !found.used.has(hit));
  }
}

function bestOfFour(solutions: Solution[]): Solution {
  const smallest = Math.min(...solutions.map(({ sum }) => sum));
  const equal = solutions.filter(({ sum }) => sum - smallest < 1e-6);
  const order = (solution: Solution): number[] => [
    ...solution.hits.map((hit) => hit!.wire),
    ...solution.hits.map((hit) => hit!.t),
    ...solution.sides,
  ];
  return equal.sort((a, b) => {
    const [ofA, ofB] = [order(a), order(b)];
    const at = ofA.findIndex((value, i) => value !== ofB[i]);
    return at < 0 ? 0 : ofA[at]! - ofB[at]!;
  })[0]!;
}

function bestOfThree(solutions: Solution[], offset: number, signals: number[]): Solution | undefined {
  if (solutions.length === 1) return solutions[0];
  if (solutions.length === 0 || signals.length === 0) return undefined;
  const sorted = solutions
    .map((solution) => ({
      solution,
      distance: Math.min(...signals.map((signal) => Math.abs(solution.t0 + offset - signal))),
    }))
    .sort((a, b) => a.distance - b.distance);
  const [nearest, next] = [sorted[0]!, sorted[1]!];
  return nearest.distance <= 30 && next.distance >= nearest.distance + 15 ? nearest.solution : undefined;
}

function commonMissing(solutions: Solution[]): number | null {
  const missing = new Set(solutions.map(({ hits }) => hits.indexOf(null) + 1));
  return missing.size === 1 ? [...missing][0]! : null;
}

/** All valid solutions of hits in different layers, over all sides. */
function solutionsOf(chosen: ReferenceHit[], maxRms: number): Solution[] {
  const start = Math.min(...chosen.map(({ t }) => t));
  const found: Solution[] = [];
  for (let bits = 0; bits < 2 ** chosen.length; bits += 1) {
    const sides = chosen.map((_, i) => (Math.floor(bits / 2 ** i) % 2 === 1 ? 1 : -1));
    if (new Set(sides).size === 1) continue;
    const rows = chosen.map(({ layer }, i) => [1, layerZ(layer), sides[i]! * velocity]);
    const values = chosen.map(
      ({ layer, wire, t }, i) => wireX(layer, wire) + sides[i]! * velocity * (t - start),
    );
    const [x, tan, after] = leastSquares(rows, values) as [number, number, number];
    const sum = rows
      .map((row, i) => values[i]! - row[0]! * x - row[1]! * tan - row[2]! * after)
      .reduce((total, residual) => total + residual ** 2, 0);
    const t0 = start + after;
    const drifts = chosen.map(({ t }) => t - t0);
    if (drifts.some((drift) => drift < -8 || drift > 400) || Math.abs(tan) > 1.2) continue;
    if (chosen.length === 4 && Math.sqrt(sum / 4) > maxRms) continue;
    const ofLayer = <T>(values: T[], none: T): T[] =>
      [1, 2, 3, 4].map((layer) => values[chosen.findIndex((hit) => hit.layer === layer)] ?? none);
    found.push({
      hits: ofLayer<ReferenceHit | null>(chosen, null),
      sides: ofLayer(sides, 0),
      t0,
      x,
      tan,
      sum,
      rms: chosen.length === 4 ? Math.sqrt(sum / 4) : 0,
    });
  }
  return found;
}

/** Linear fit by the normal equations, solved by elimination with pivots. */
function leastSquares(rows: number[][], values: number[]): number[] {
  const matrix = [0, 1, 2].map((i) => [
    ...[0, 1, 2].map((j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
    rows.reduce((sum, row, k) => sum + row[i]! * values[k]!, 0),
  ]);
  for (let column = 0; column < 3; column += 1) {
    const pivot = [column, column + 1, column + 2]
      .filter((row) => row < 3)
      .sort((a, b) => Math.abs(matrix[b]![column]!) - Math.abs(matrix[a]![column]!))[0]!;
    [matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!];
    for (let row = 0; row < 3; row += 1) {
      if (row === column) continue;
      const factor = matrix[row]![column]! / matrix[column]![column]!;
      matrix[row] = matrix[row]!.map((value, j) => value - factor * matrix[column]![j]!);
    }
  }
  return [0, 1, 2].map((i) => matrix[i]![3]! / matrix[i]![i]!);
}
