/**
 * Finds which layers of a chamber are exchanged. Muons then leave lines of three hits, and the layer that most often
 * lacks a hit identifies the pair. If neighbours are exchanged, it is mostly the inner layer. If layers with aligned
 * wires are exchanged (1 and 3, or 2 and 4), it is the outer layer that is not in the pair. If the outermost layers
 * are exchanged, it is each of them equally often.
 */
import type { ChamberQuantities } from "./quantities.js";

type LayerPair = readonly [number, number];

interface Signature {
  pair: LayerPair;
  /** Fractions of the three-hit lines that lack layer 1, 2, 3, 4: from tracks of two simulators, including noise. */
  shares: readonly [number, number, number, number];
}

const signatures: readonly Signature[] = [
  { pair: [1, 2], shares: [0.25, 0.57, 0.09, 0.09] },
  { pair: [1, 3], shares: [0.09, 0.08, 0.19, 0.64] },
  { pair: [1, 4], shares: [0.27, 0.23, 0.23, 0.27] },
  { pair: [2, 3], shares: [0.11, 0.39, 0.39, 0.11] },
  { pair: [2, 4], shares: [0.64, 0.19, 0.08, 0.09] },
  { pair: [3, 4], shares: [0.09, 0.09, 0.57, 0.25] },
];
/** Minimum number of lines to identify the pair. */
const fewestLines = 10;
/** Difference in log-likelihood that excludes another pair. */
const clearly = 5;

/** The pairs that may be exchanged, most likely first; none with too few lines. */
export function exchangedLayers(sum: ArrayLike<number>, places: ChamberQuantities): LayerPair[] {
  const missed = missedOf(sum, places);
  if (missed.reduce((all, n) => all + n, 0) < fewestLines) return [];
  const scored = signatures
    .map(({ pair, shares }) => ({ pair, score: logLikelihood(missed, shares) }))
    .sort((a, b) => b.score - a.score);
  const best = scored[0]?.score ?? 0;
  return scored.filter(({ score }) => score > best - clearly).map(({ pair }) => pair);
}

/**
 * Whether some layers lack hits far more often than others; with a mirrored chamber or wrong cables, all are alike.
 */
export function areMissedUnevenly(sum: ArrayLike<number>, places: ChamberQuantities): boolean {
  const missed = missedOf(sum, places);
  const even = logLikelihood(missed, [0.25, 0.25, 0.25, 0.25]);
  return signatures.some(({ shares }) => logLikelihood(missed, shares) > even + 2 * clearly);
}

function missedOf(sum: ArrayLike<number>, { layerMissed }: ChamberQuantities): number[] {
  return [0, 1, 2, 3].map((layer) => sum[layerMissed + layer] as number);
}

const logLikelihood = (missed: readonly number[], shares: readonly number[]): number =>
  missed.reduce((score, n, layer) => score + n * Math.log(shares[layer] as number), 0);
