/**
 * Which layer of a chamber is late or early. Residuals alone hardly distinguish a late layer 2 from an early layer 3. The
 * mean-timer sums (`mean_timer`) do, (d1 + d3) / 2 + d2 and (d2 + d4) / 2 + d3 of the drift times d: they shift by half of the delay of
 * an outer layer and by all of that of the middle one, while another t0 or drift velocity shifts both sums alike.
 */
import type { ChamberQuantities, HistogramPlace } from "./quantities.js";
import { core, moments } from "./tails.js";

/**
 * Mean residuals of layers 1..4 in mm per ns of delay of one layer: the response of a straight-line fit through four
 * hits, from simulated tracks. It is linear within a few per cent up to 30 ns.
 */
const residualResponse: Responses = [
  [0.031, 0.005, -0.0115, -0.018],
  [0.011, 0.023, -0.016, -0.027],
  [-0.027, -0.016, 0.023, 0.011],
  [-0.018, -0.0115, 0.005, 0.031],
];
/** The same for each residual: its response to the delay of layer 1..4. */
const responseOfResidual: Responses = residualResponse.map((_, k) =>
  residualResponse.map((means) => means[k] as number),
);
/** Shifts of both sums in ns per ns of delay of layer 1, 2, 3, 4. */
const sumResponse = [
  [0.5, 1, 0.5, 0],
  [0, 0.5, 1, 0.5],
] as const;
/** Shift of t0 of the lines, the same. */
const t0Response = [0.12, 0.36, 0.36, 0.12] as const;

type Responses = readonly (readonly number[])[];
const indices = residualResponse.map((_, i) => i);

/** Errors of these responses: mm, and mm per ns beyond the range in which they are linear; ns. */
const [residualFloor, floorPerNs, linearNs, sumFloor] = [0.15, 0.02, 30, 2];
/** Errors of t0: of a change, and of the usual difference from the timing signals, ns. */
const [changeFloor, usualOffset] = [3, 8];
const fewestResiduals = 12;
const fewestTimes = 8;
/** Hit resolution over the widest residuals of a four-hit fit: in layers 2 and 3 they have 0.7 of the hit variance. */
const hitsPerResidual = 1.2;

interface Mean {
  mean: number;
  /** Error of the mean. */
  sigma: number;
}

/** Mean residuals in a sum of windows, with their error, mm. */
interface ResidualMeans {
  means: number[];
  sigma: number;
  /** Number of residuals of the layer with the fewest. */
  n: number;
}

/** Null with too few entries. */
export function residualMeans(sum: ArrayLike<number>, { residual }: ChamberQuantities): ResidualMeans | null {
  const means: number[] = [];
  let [n, rms] = [Infinity, 0.2];
  for (const place of residual) {
    const one = moments(sum, place, -3, 3);
    if (one.n < fewestResiduals) return null;
    means.push(one.mean);
    n = Math.min(n, one.n);
    rms = Math.max(rms, one.rms);
  }
  return { means, sigma: (hitsPerResidual * rms) / Math.sqrt(n), n };
}

export interface LayerDelay {
  /** 1..4 */
  layer: number;
  ns: number;
  sigma: number;
}

/** The layer whose delay best explains mean residuals: fast, exact enough to find a delay. */
export function delayFromResiduals(means: readonly number[], sigma: number): LayerDelay {
  const terms = means.map((value, k) => ({
    value,
    sigma,
    response: responseOfResidual[k] as readonly number[],
  }));
  return best(indices.map((i) => fitted(terms, i)));
}

/** A measured shift and its response to the delay of each layer. */
interface Term {
  value: number;
  sigma: number;
  response: readonly number[];
  isResidual?: boolean;
}

interface Fit extends LayerDelay {
  chi2: number;
}

export interface DelayTest extends LayerDelay {
  /** Chi-square by which this delay fits better than a common shift of all layers. */
  gain: number;
}

/**
 * The layer whose delay best explains residuals, mean-timer sums and t0 together; null with too few entries.
 * @param before the sum of windows with which to compare; null: the values of a calibrated chamber
 */
export function delayOf(
  sum: ArrayLike<number>,
  places: ChamberQuantities,
  before: ArrayLike<number> | null,
): DelayTest | null {
  const now = residualMeans(sum, places);
  const usual = before === null ? null : residualMeans(before, places);
  if (now === null || (before !== null && usual === null)) return null;
  const error = Math.hypot(now.sigma, usual?.sigma ?? 0);
  const residuals = now.means.map((mean, k): Term => ({
    value: mean - (usual?.means[k] ?? 0),
    sigma: Math.hypot(error, residualFloor),
    response: responseOfResidual[k] as readonly number[],
    isResidual: true,
  }));
  const { terms, difference } = sumTerms(sum, places, before);
  const all = [...residuals, ...terms];
  const found = best(indices.map((i) => fittedWidely(all, i)));
  const common = [...residuals, ...difference].reduce(
    (chi2, { value, sigma }) => chi2 + (value / sigma) ** 2,
    0,
  );
  return { ...found, gain: common - found.chi2 };
}

/** Terms of the mean-timer sums and of t0, and the difference of the sums, which a common shift leaves unchanged. */
function sumTerms(
  sum: ArrayLike<number>,
  { meanTimer, t0 }: ChamberQuantities,
  before: ArrayLike<number> | null,
): { terms: Term[]; difference: Term[] } {
  const [one, two] = meanTimer.map((place) => shiftOf(sum, before, place, sumFloor)) as [
    Mean | null,
    Mean | null,
  ];
  const time = shiftOf(sum, before, t0, before === null ? usualOffset : changeFloor);
  const terms: Term[] = time === null ? [] : [{ value: time.mean, sigma: time.sigma, response: t0Response }];
  if (one === null || two === null) return { terms, difference: [] };
  const [first, second] = sumResponse;
  const difference: Term = {
    value: one.mean - two.mean,
    sigma: Math.hypot(one.sigma, two.sigma),
    response: first.map((r, i) => r - (second[i] as number)),
  };
  if (before === null) terms.push(difference);
  else {
    terms.push({ value: one.mean, sigma: one.sigma, response: first });
    terms.push({ value: two.mean, sigma: two.sigma, response: second });
  }
  return { terms, difference: [difference] };
}

const coreHalfNs = 60;

function shiftOf(
  sum: ArrayLike<number>,
  before: ArrayLike<number> | null,
  place: HistogramPlace,
  floor: number,
): Mean | null {
  const now = core(sum, place, coreHalfNs);
  const usual = before === null ? null : core(before, place, coreHalfNs);
  if (now.n < fewestTimes || (usual !== null && usual.n < fewestTimes)) return null;
  const errors = [now, ...(usual === null ? [] : [usual])].map(
    ({ n, rms }) => Math.max(rms, 3) / Math.sqrt(n),
  );
  return { mean: now.mean - (usual?.mean ?? 0), sigma: Math.hypot(...errors, floor) };
}

/** Least squares for the delay of one layer, by its index. */
function fitted(terms: readonly Term[], index: number): Fit {
  let [weight, product] = [0, 0];
  for (const { value, sigma, response } of terms) {
    const r = (response[index] as number) / sigma;
    weight += r * r;
    product += (r * value) / sigma;
  }
  const ns = product / weight;
  const chi2 = terms.reduce(
    (rest, { value, sigma, response }) => rest + ((value - (response[index] as number) * ns) / sigma) ** 2,
    0,
  );
  return { layer: index + 1, ns, sigma: 1 / Math.sqrt(weight), chi2 };
}

/** The same, with larger errors of the residuals where their response is not linear. */
function fittedWidely(terms: readonly Term[], index: number): Fit {
  const first = fitted(terms, index);
  const more = floorPerNs * Math.max(0, Math.abs(first.ns) - linearNs);
  let penalty = 0;
  const wide = terms.map((term) => {
    if (term.isResidual !== true) return term;
    const sigma = Math.hypot(term.sigma, more);
    penalty += 2 * Math.log(sigma / term.sigma);
    return { ...term, sigma };
  });
  const fit = fitted(wide, index);
  return { ...fit, chi2: fit.chi2 + penalty };
}

const best = (fits: readonly Fit[]): Fit => fits.reduce((a, b) => (b.chi2 < a.chi2 ? b : a));
