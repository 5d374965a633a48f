/** Rules about times: t0 of the chambers against the timing signals, of layers, drift velocity, residuals. */
import { bunchCrossingNs, layersPerChamber, maxDriftTimeNs } from "../../../../pipeline/model/index.js";
import type { Said } from "../view.js";
import { list } from "../words.js";
import { medianOf, said } from "./efficiency.js";
import type { ChamberQuantities, HistogramPlace } from "./quantities.js";
import type { Found, Reading } from "./search.js";
import { binomialZ, core, moments, outside, total } from "./tails.js";
import { chamberDomain, timingDomain, withError, type PhysicsRule, type PhysicsView } from "./view.js";

const strayHalfNs = 45;
const fewestTimes = 12;

/** Mean of t0 - timing signal of a chamber; null with too few. */
function t0Of(
  sum: ArrayLike<number>,
  { t0 }: ChamberQuantities,
): { mean: number; sigma: number; n: number } | null {
  const { n, mean, rms } = core(sum, t0, strayHalfNs);
  return n < fewestTimes ? null : { mean, sigma: Math.max(rms, 3) / Math.sqrt(n), n };
}

interface Shift {
  chamber: number;
  one: Found;
  /** Beyond the histogram: by how much is not known. */
  isOut: boolean;
  /** What it is compared with; null: the timing signals alone. */
  by: string | null;
}

export const timeOffsets: PhysicsRule = (view) => {
  const { layout, detector } = view;
  const sure = layout.chambers.flatMap((places) => shiftOf(view, places) ?? []);
  if (sure.length === 0) return [];
  const [first] = sure as [Shift];
  // Once one chamber is found, less is asked of the others: together they say where the fault is.
  const shifts = layout.chambers.flatMap(
    (places) => sure.find(({ chamber }) => chamber === places.chamber) ?? alike(view, places, first) ?? [],
  );
  const values = shifts.map(({ one }) => one.value);
  const isAlike = Math.max(...values) - Math.min(...values) < 12 && shifts.every(({ isOut }) => !isOut);
  if (shifts.length === layout.chambers.length && isAlike) return [allShifted(view, shifts)];
  const ofFpga = layout.chambers.filter(({ fpga }) => fpga === layout.chambers[first.chamber]?.fpga);
  const isFpga =
    ofFpga.length > 1 &&
    shifts.length === ofFpga.length &&
    ofFpga.every(({ chamber }) => shifts.some((shift) => shift.chamber === chamber));
  if (isFpga && (isAlike || shifts.every(({ isOut }) => isOut))) {
    const fpga = ofFpga[0]?.fpga ?? 0;
    const chambers = ofFpga.map(({ chamber }) => chamber);
    return [fpgaShifted(shifts, fpga, chambers, detector.scintillator.fpga)];
  }
  if (shifts.length === layout.chambers.length && shifts.every(({ isOut }) => isOut))
    return [allShifted(view, shifts)];
  return shifts.map(chamberShifted);
};

/** A chamber that has moved like the first one, by fewer counts. */
function alike({ comparison }: PhysicsView, places: ChamberQuantities, first: Shift): Shift | null {
  const { sum } = first.one;
  const { chamber, t0 } = places;
  const out = outside(sum, t0);
  if (first.isOut) return out >= 5 && out > total(sum, t0) ? { ...first, chamber } : null;
  const isChange = first.by !== null && comparison !== null;
  const before = isChange ? t0Of(comparison.sum, places) : null;
  const { n, mean, rms } = core(sum, t0, strayHalfNs);
  const sigma = Math.max(rms, 3) / Math.sqrt(Math.max(1, n));
  const value = mean - (before?.mean ?? 0);
  const least = isChange ? 3 : 12;
  return n >= 4 && Math.abs(value - first.one.value) < 8 && Math.abs(value) > least + sigma
    ? { ...first, chamber, one: { ...first.one, value, sigma } }
    : null;
}

function shiftOf(view: PhysicsView, places: ChamberQuantities): Shift | null {
  const { rules, search, comparison } = view;
  const settings = rules["time-offset"];
  const { chamber, t0 } = places;
  const domains = [chamberDomain(chamber), timingDomain];
  const out = search.find(
    `time-out ${chamber}`,
    domains,
    (sum): Reading | null => {
      const n = total(sum, t0) + outside(sum, t0);
      if (n < 2 * fewestTimes) return null;
      const value = outside(sum, t0) / n;
      return {
        value,
        sigma: 1 / Math.sqrt(n),
        good: 0,
        z: Math.max(0, binomialZ(outside(sum, t0), n, 0.15)),
        beyond: value > 0.5,
      };
    },
    { fine: 0.05, z: settings.significance },
  );
  if (out !== null) {
    const isLate = (out.sum[t0.at + t0.bins + 1] as number) > (out.sum[t0.at + t0.bins] as number);
    const value = (isLate ? 1 : -1) * (t0.lower + t0.bins * t0.width);
    return { chamber, one: { ...out, value }, isOut: true, by: null };
  }
  const physical = search.find(
    `time-offset ${chamber}`,
    domains,
    (sum) => {
      const time = t0Of(sum, places);
      if (time === null) return null;
      const { mean, sigma } = time;
      const z = Math.max(0, Math.abs(mean) - settings.offset_good_ns) / sigma;
      return { value: mean, sigma, good: 0, z, beyond: Math.abs(mean) > settings.offset_ns };
    },
    { fine: 0.7, z: settings.significance },
  );
  if (physical !== null) return { chamber, one: physical, isOut: false, by: null };
  const before = comparison === null ? null : t0Of(comparison.sum, places);
  if (before === null || comparison === null || before.n < 100) return null;
  const changed = search.find(
    `time-change ${chamber}`,
    domains,
    (sum) => {
      const time = t0Of(sum, places);
      if (time === null) return null;
      const value = time.mean - before.mean;
      const sigma = Math.hypot(time.sigma, before.sigma);
      const z = Math.max(0, Math.abs(value) - settings.change_ns / 3) / sigma;
      return { value, sigma, good: 0, z, beyond: Math.abs(value) > settings.change_ns };
    },
    { least: 2, fine: 0.5, z: settings.significance },
  );
  return changed === null ? null : { chamber, one: changed, isOut: false, by: comparison.by };
}

const against = (by: string | null): string => by ?? "the timing signals";

function allShifted({ layout }: PhysicsView, shifts: Shift[]): Said {
  const value = medianOf(shifts.map(({ one }) => one.value));
  const sigma = medianOf(shifts.map(({ one }) => one.sigma)) / Math.sqrt(layout.chambers.length);
  const size = shifts.some(({ isOut }) => isOut)
    ? `by more than ${Math.abs(value)} ns`
    : `by ${withError(value, sigma, "ns")}`;
  const reason = `t0 of all chambers is off ${size} against ${against(shifts.find(({ by }) => by !== null)?.by ?? null)}: t0 or drift velocity`;
  return said("time-offset", { kind: "whole" }, Math.abs(value) > 40 ? "bad" : "warning", reason, {
    offset_ns: value,
    offset_ns_sigma: sigma,
  });
}

function fpgaShifted(shifts: Shift[], fpga: number, chambers: number[], timingFpga: number): Said {
  const value = medianOf(shifts.map(({ one }) => one.value));
  const sigma = medianOf(shifts.map(({ one }) => one.sigma));
  const crossings = Math.round(value / bunchCrossingNs);
  const isOut = shifts.some((shift) => shift.isOut);
  const isBx = isOut || (crossings !== 0 && Math.abs(value - crossings * bunchCrossingNs) < 10);
  const size = isOut ? `more than ${Math.abs(value)} ns (8 BX)` : withError(value, sigma, "ns");
  const other = fpga === timingFpga ? "" : ` or of FPGA ${timingFpga}, which has the timing signals,`;
  const cause = isBx
    ? `the BX counter of FPGA ${fpga}${other} is off by ${isOut ? "more than 8" : Math.abs(crossings)} BX`
    : `the clock of FPGA ${fpga} is off`;
  const reason = `${cause}: t0 of chambers ${list(chambers)} is ${size} from ${against(shifts[0]?.by ?? null)}`;
  return said("time-offset", { kind: "fpga", fpga, chambers }, "bad", reason, {
    offset_ns: value,
    offset_ns_sigma: sigma,
    bunch_crossings: crossings,
  });
}

function chamberShifted({ chamber, one, isOut, by }: Shift): Said {
  const size = isOut ? `more than ${Math.abs(one.value)} ns` : withError(one.value, one.sigma, "ns");
  const reason = `t0 of the chamber is off by ${size} against ${against(by)}`;
  const state = Math.abs(one.value) > 60 ? "bad" : "warning";
  return said("time-offset", { kind: "chamber", chamber }, state, reason, {
    offset_ns: one.value,
    offset_ns_sigma: one.sigma,
  });
}

/**
 * Mean residuals of layers 1..4 (mm) per ns that one layer is late, the other three being right: the response of the
 * straight line through four hits, from simulated tracks; it is linear within a few per cent up to 30 ns.
 */
const layerResponse: readonly (readonly number[])[] = [
  [0.031, 0.005, -0.0115, -0.018],
  [0.011, 0.023, -0.016, -0.027],
  [-0.027, -0.016, 0.023, 0.011],
  [-0.018, -0.0115, 0.005, 0.031],
];

interface LayerDelay {
  layer: number;
  ns: number;
  sigma: number;
}

/** The one layer whose delay explains the mean residuals best. */
function delayOf(means: readonly number[], sigma: number): LayerDelay {
  let best: LayerDelay = { layer: 1, ns: 0, sigma: 1 };
  let least = Infinity;
  layerResponse.forEach((response, i) => {
    const size = response.reduce((sum, r) => sum + r * r, 0);
    const ns = response.reduce((sum, r, k) => sum + r * (means[k] as number), 0) / size;
    const rest = response.reduce((sum, r, k) => sum + ((means[k] as number) - r * ns) ** 2, 0);
    if (rest >= least) return;
    least = rest;
    best = { layer: i + 1, ns, sigma: sigma / Math.sqrt(size) };
  });
  return best;
}

function residualMeans(
  sum: ArrayLike<number>,
  residual: HistogramPlace[],
): { means: number[]; sigma: number; n: number } | null {
  const all = residual.map((place) => moments(sum, place, -3, 3));
  const n = Math.min(...all.map((one) => one.n));
  if (n < 12) return null;
  const rms = Math.max(0.2, ...all.map((one) => one.rms));
  return { means: all.map(({ mean }) => mean), sigma: rms / Math.sqrt(n), n };
}

/** A layer whose times are late or early against the other three. */
export const layerTimes: PhysicsRule = (view) =>
  view.layout.chambers.flatMap(({ chamber, residual }) => {
    const { rules, search, comparison } = view;
    const settings = rules["layer-time"];
    const before = comparison === null ? null : residualMeans(comparison.sum, residual);
    const isKnown = before !== null && before.n >= 100;
    const read =
      (from: readonly number[], extra: number, limit: number) =>
      (sum: Float64Array): Reading | null => {
        const now = residualMeans(sum, residual);
        if (now === null) return null;
        const { ns, sigma } = delayOf(
          now.means.map((mean, i) => mean - (from[i] as number)),
          Math.hypot(now.sigma, extra),
        );
        const value = Math.abs(ns);
        return { value, sigma, good: 0, z: Math.max(0, value - 0.7 * limit) / sigma, beyond: value > limit };
      };
    const zero = Array.from({ length: layersPerChamber }, () => 0);
    const physical = search.find(
      `layer-time ${chamber}`,
      [chamberDomain(chamber)],
      read(zero, 0, settings.offset_ns),
      { fine: 1.5, z: settings.significance },
    );
    const changed =
      physical === null && isKnown
        ? search.find(
            `layer-change ${chamber}`,
            [chamberDomain(chamber)],
            read(before.means, before.sigma, settings.change_ns),
            { fine: 0.8, z: settings.significance },
          )
        : null;
    const one = physical ?? changed;
    if (one === null) return [];
    const now = residualMeans(one.sum, residual);
    const from = physical === null && isKnown ? before.means : zero;
    const { layer, ns } = delayOf(
      (now?.means ?? zero).map((mean, i) => mean - (from[i] as number)),
      1,
    );
    const reason = `layer ${layer} is ${withError(Math.abs(ns), one.sigma, "ns")} ${ns > 0 ? "late" : "early"} against the other layers`;
    return [
      said("layer-time", { kind: "layer", chamber, layer }, "warning", reason, {
        offset_ns: ns,
        offset_ns_sigma: one.sigma,
      }),
    ];
  });

const binNs = 10;
const belowZeroNs = 8;

/**
 * Width of the box of drift times of segments, in ns: how far the bins outside of 0..390 ns are filled, and how far the
 * first and last inside are not, with the density of the bins beside them.
 */
function boxWidth(
  sum: ArrayLike<number>,
  chambers: readonly ChamberQuantities[],
): { width: number; sigma: number } | null {
  let [below, first, left, last, above, right] = [0, 0, 0, 0, 0, 0];
  for (const { driftTime } of chambers)
    for (const { at, bins } of driftTime) {
      below += sum[at + bins] as number;
      first += sum[at] as number;
      for (let i = 2; i < 7; i += 1) left += (sum[at + i] as number) / 5;
      for (let i = 32; i < 37; i += 1) right += (sum[at + i] as number) / 5;
      last += sum[at + 38] as number;
      above += sum[at + 39] as number;
    }
  if (left < 30 || right < 30) return null;
  const outNs = (belowZeroNs * below) / (0.8 * left) + (binNs * above) / right;
  const inNs = binNs * Math.max(0, 1 - first / left) + binNs * Math.max(0, 1 - last / right);
  const sigma = binNs * Math.hypot(Math.sqrt(below + first + 1) / left, Math.sqrt(above + last + 1) / right);
  return { width: maxDriftTimeNs + outNs - inNs, sigma };
}

/** The box of all chambers is wider or narrower than half a cell at the set-up's drift velocity. */
export const driftVelocity: PhysicsRule = ({ rules, layout, search }) => {
  const settings = rules["drift-velocity"];
  const one = search.find(
    "drift-velocity",
    [...layout.chambers.map(({ chamber }) => chamberDomain(chamber))],
    (sum) => {
      const box = boxWidth(sum, layout.chambers);
      if (box === null) return null;
      // The resolution alone fills the bins outside by about 3 ns.
      const value = box.width / maxDriftTimeNs - 1;
      const sigma = box.sigma / maxDriftTimeNs;
      const beyond = value > settings.width_fraction || value < -settings.width_fraction;
      return { value, sigma, good: 0.008, z: Math.max(0, Math.abs(value - 0.008) - 0.006) / sigma, beyond };
    },
    { fine: 0.002, z: settings.significance },
  );
  if (one === null) return [];
  const change = -100 * one.value;
  const reason = `the drift-time boxes are ${withError(100 * Math.abs(one.value), 100 * one.sigma, "%")} ${one.value > 0 ? "wider" : "narrower"} than the set-up's drift velocity gives: drift velocity ${change > 0 ? "higher" : "lower"} (gas, high voltage)`;
  return [
    said("drift-velocity", { kind: "whole" }, "warning", reason, {
      width_change: one.value,
      width_change_sigma: one.sigma,
    }),
  ];
};

/** Residuals wider than any calibrated chamber has them. */
export const residuals: PhysicsRule = ({ rules, layout, search }) =>
  layout.chambers.flatMap(({ chamber, residual }) => {
    const settings = rules.residual;
    const one = search.find(
      `residual ${chamber}`,
      [chamberDomain(chamber)],
      (sum) => {
        const all = residual.map((place) => moments(sum, place));
        const n = all.reduce((entries, layer) => entries + layer.n, 0);
        if (n < 60) return null;
        const value = all.reduce((mean, layer) => mean + (layer.n > 0 ? layer.rms : 0), 0) / all.length;
        const sigma = value / Math.sqrt(n / 2);
        return {
          value,
          sigma,
          good: 0.3,
          z: Math.max(0, value - 0.8 * settings.rms_mm) / sigma,
          beyond: value > settings.rms_mm,
        };
      },
      { fine: 0.03, z: settings.significance },
    );
    if (one === null) return [];
    const reason = `residuals are ${withError(one.value, one.sigma, "mm")} wide (RMS), expected below ${settings.rms_mm} mm`;
    return [
      said("residual", { kind: "chamber", chamber }, "warning", reason, {
        rms_mm: one.value,
        rms_mm_sigma: one.sigma,
      }),
    ];
  });
