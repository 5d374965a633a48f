/** Rules about the read-out of an FPGA: TDC and BX. */
import type { RawFinding } from "../view.js";
import { highFraction } from "./fractions.js";
import type { FpgaQuantities } from "./quantities.js";
import { binomialZ, outside, sumOf, total } from "./tails.js";
import { chamberDomain, percentWithError, rawFinding, type PhysicsRule, type PhysicsView } from "./view.js";

export const scopeOf = ({ fpga, chambers }: FpgaQuantities): RawFinding["scope"] => ({
  kind: "fpga",
  fpga,
  chambers,
});
const domainsOf = ({ chambers }: FpgaQuantities): string[] => chambers.map(chamberDomain);
const fewestHits = 100;
/** Hits of one muon have about the same BX. */
const hitClustering = 6;

/** TDC_MEAS is uniform from 1 to 30: each of its bits is set in half of the hits. */
export const tdcSpectrum: PhysicsRule = (view) =>
  view.layout.fpgas.flatMap((places) => {
    const { rules, search } = view;
    const { tdc, fpga } = places;
    const settings = rules["tdc-spectrum"];
    const one = search.find(
      `tdc ${fpga}`,
      domainsOf(places),
      (sum) => {
        const n = sumOf(sum, tdc, 33);
        if (n < fewestHits) return null;
        const worst = worstBit(sum, tdc, n);
        const peak = largest(sum, tdc, 33).count / n;
        const flat = highFraction(peak * n, n, 0.05, settings.peak_fraction_high, 2);
        const bit = highFraction(n * (0.5 + worst.deviation), n, 0.55, 0.5 + settings.bit_deviation, 2);
        return (bit?.beyond === true ? bit : flat) ?? null;
      },
      { fine: 0.01, z: settings.significance },
    );
    if (one === null) return [];
    const n = sumOf(one.sum, tdc, 33);
    const { value, count } = largest(one.sum, tdc, 33);
    const worst = worstBit(one.sum, tdc, n);
    const reason =
      count / n > 0.6
        ? `TDC of FPGA ${fpga} is stuck at ${value}: ${percentWithError(count / n, one.sigma)} of its hits have this value`
        : worst.deviation > settings.bit_deviation
          ? `a TDC bit of FPGA ${fpga} is stuck: bit ${worst.bit} is set in ${Math.round(100 * worst.fraction)} % of the hits, expected 50 %`
          : `TDC values of FPGA ${fpga} are uneven: ${value} in ${percentWithError(count / n, one.sigma)} of the hits, expected ${Math.round(100 / view.detector.readout.tdcPerBx)} %`;
    return [
      rawFinding("tdc-spectrum", scopeOf(places), "bad", reason, {
        peak_fraction: count / n,
        bit: worst.bit,
        bit_fraction: worst.fraction,
        windows: one.windows,
      }),
    ];
  });

function largest(sum: ArrayLike<number>, at: number, length: number): { value: number; count: number } {
  let value = 0;
  for (let i = 1; i < length; i += 1) if ((sum[at + i] as number) > (sum[at + value] as number)) value = i;
  return { value, count: sum[at + value] as number };
}

interface Bit {
  bit: number;
  fraction: number;
  /** Distance of the fraction from 0.5: 0..0.5. */
  deviation: number;
}

function worstBit(sum: ArrayLike<number>, tdc: number, n: number): Bit {
  let worst: Bit = { bit: 0, fraction: 0.5, deviation: -1 };
  for (let bit = 0; bit < 5; bit += 1) {
    let set = 0;
    for (let value = 0; value < 32; value += 1) if ((value >> bit) & 1) set += sum[tdc + value] as number;
    const fraction = set / n;
    const deviation = Math.abs(fraction - 0.5);
    if (deviation > worst.deviation) worst = { bit, fraction, deviation };
  }
  return worst;
}

const bxBitNumbers = 12;

/** Fraction of the crossings of an orbit in which each bit is set, shape (12): bit b is set in half of each 2^(b+1) crossings. */
export function bitSharesOf(bxPerOrbit: number): number[] {
  return Array.from({ length: bxBitNumbers }, (_, bit) => {
    const half = 2 ** bit;
    const rest = Math.max(0, (bxPerOrbit % (2 * half)) - half);
    return (Math.floor(bxPerOrbit / (2 * half)) * half + rest) / bxPerOrbit;
  });
}

/** Cosmic muons and noise arrive at any time of an orbit: BX is uniform over the orbit. */
export const bxSpectrum: PhysicsRule = (view) =>
  view.layout.fpgas.flatMap((places) => {
    const found = bitsStuck(view, places);
    return found ?? bxOut(view, places) ?? [];
  });

function bitsStuck({ rules, search, detector }: PhysicsView, places: FpgaQuantities): RawFinding | null {
  const { bxBits, bx, bxOut: out, fpga } = places;
  const shares = bitSharesOf(detector.readout.bxPerOrbit);
  const settings = rules["bx-spectrum"];
  const one = search.find(
    `bx-bits ${fpga}`,
    domainsOf(places),
    (sum) => {
      const n = total(sum, bx) + outside(sum, bx);
      if (n < fewestHits) return null;
      let [worst, deviation] = [0, -1];
      for (let bit = 0; bit < bxBitNumbers; bit += 1) {
        const own = deviationOf((sum[bxBits + bit] as number) / n, shares[bit] as number);
        if (own > deviation) [worst, deviation] = [bit, own];
      }
      const fraction = (sum[bxBits + worst] as number) / n;
      const z = Math.abs(binomialZ(fraction * n, n, shares[worst] as number)) / Math.sqrt(hitClustering);
      const sigma = Math.sqrt(hitClustering / n);
      return { value: deviation, sigma, good: 0, z, beyond: deviation > settings.bit_deviation };
    },
    { fine: 0.03, z: settings.significance },
  );
  if (one === null) return null;
  const n = total(one.sum, bx) + outside(one.sum, bx);
  const bits = bitsOf(one.sum, bxBits, n, shares);
  const stuck = bits.filter(({ deviation }) => deviation > settings.bit_deviation);
  const numbers = { bits: stuck.length, out_fraction: (one.sum[out] as number) / n };
  if (stuck.length > 5) {
    const value = bits.reduce((sum, { fraction, bit }) => sum + (fraction > 0.5 ? 2 ** bit : 0), 0);
    return rawFinding(
      "bx-spectrum",
      scopeOf(places),
      "bad",
      `BX of FPGA ${fpga} is stuck at about ${value}`,
      {
        ...numbers,
        bx: value,
        windows: one.windows,
      },
    );
  }
  const [first] = stuck.sort((a, b) => b.deviation - a.deviation);
  const [bit, fraction, usual] = [first?.bit ?? 0, first?.fraction ?? 0, first?.usual ?? 0];
  const reason = `a BX bit of FPGA ${fpga} is stuck: bit ${bit} is set in ${Math.round(100 * fraction)} % of the hits, expected ${Math.round(100 * usual)} %`;
  return rawFinding("bx-spectrum", scopeOf(places), "bad", reason, {
    ...numbers,
    bit,
    bit_fraction: fraction,
    windows: one.windows,
  });
}

function bitsOf(
  sum: ArrayLike<number>,
  bxBits: number,
  n: number,
  shares: readonly number[],
): (Bit & { usual: number })[] {
  return shares.map((usual, bit) => {
    const fraction = (sum[bxBits + bit] as number) / n;
    return { bit, fraction, usual, deviation: deviationOf(fraction, usual) };
  });
}

/** Deviation of a fraction from the normal one, relative to the possible range; 0 for a bit that a valid BX never sets. */
function deviationOf(fraction: number, usual: number): number {
  if (usual === 0) return 0;
  return fraction < usual ? (usual - fraction) / usual : (fraction - usual) / (1 - usual);
}

function bxOut(view: PhysicsView, places: FpgaQuantities): RawFinding | null {
  const { rules, search } = view;
  const { bx, bxOut: out, fpga } = places;
  const settings = rules["bx-spectrum"];
  const one = search.find(
    `bx-out ${fpga}`,
    domainsOf(places),
    (sum) => {
      const n = total(sum, bx) + outside(sum, bx);
      return n < fewestHits ? null : highFraction(sum[out] as number, n, 0.002, settings.out_fraction_high);
    },
    { fine: 0.0005, z: settings.significance },
  );
  if (one === null) return null;
  const reason = `BX of FPGA ${fpga} is above ${view.detector.readout.bxPerOrbit - 1} in ${percentWithError(one.value, one.sigma)} of its hits: an orbit has no such crossing`;
  return rawFinding("bx-spectrum", scopeOf(places), "bad", reason, {
    out_fraction: one.value,
    windows: one.windows,
  });
}
