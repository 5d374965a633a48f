/**
 * The three generations of the 64-bit little-endian words of Padova's read-out. A word is passed as its lower and upper
 * 32 bits. Hits have the same layout in all generations; trigger words differ (sources:
 * zucchett/MiniDT modules/unpacker, the DAQ's programs).
 */

export const wordVersions = ["v1", "v2", "v3"] as const;
export type WordVersion = (typeof wordVersions)[number];

/** HEAD assigned to v1 trigger words, whose fields differ from those of HEAD 3 in later generations. */
export const v1TriggerHead = 6;

export const headOf = (high: number): number => high >>> 29;
/** HEAD of a v1 word: two bits. */
export const head1Of = (high: number): number => high >>> 30;

/** ORBIT of a hit, bits 17-48. */
export const hitOrbit = (low: number, high: number): number => (high & 0x1ffff) * 0x8000 + (low >>> 17);
/** Orbit of a v2 trigger word, bits 24-55. */
export const orbitV2 = (low: number, high: number): number => (high & 0xffffff) * 0x100 + (low >>> 24);
/** Orbit of a v3 trigger word, bits 22-53. */
export const orbitV3 = (low: number, high: number): number => (high & 0x3fffff) * 0x400 + (low >>> 22);
/** Tag orbit of a trigger word of v1, bits 25-56. */
export const orbitV1 = (low: number, high: number): number => (high & 0x1ffffff) * 0x80 + (low >>> 25);

/** Whether the bits between the fields of t0 and parameter words are 0, as the read-out leaves them. */
export function hasFreeBits(version: "v2" | "v3", low: number, high: number): boolean {
  const isTime = headOf(high) === 0;
  if (version === "v3") return isTime ? isTimeOf(low >>> 10, low >>> 5) : ((low >>> 16) & 0x3f) === 0;
  if ((high & 0x03000000) !== 0) return false;
  return isTime ? ((low >>> 5) & 3) === 0 && isTimeOf(low >>> 12, low >>> 7) : ((low >>> 16) & 0xff) === 0;
}

const lastBx = 3563;
const isTimeOf = (bx: number, tdc: number): boolean => (bx & 0xfff) <= lastBx && (tdc & 0x1f) <= 30;

/** IEEE half float. */
export function halfFloat(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

const [tanFractionBits, xFractionBits] = [14, 8];

/** Two's complement of 16 bits: tan psi (HEAD 4) with 14 fraction bits, x in mm (HEAD 5) with 8. */
export function fixedPoint(bits: number, head: number): number {
  return ((bits << 16) >> 16) / 2 ** (head === 4 ? tanFractionBits : xFractionBits);
}

/** Rounds to six decimals, as in the read-out's text format. */
export const sixDecimals = (value: number): number => Math.round(value * 1e6) / 1e6 + 0;
