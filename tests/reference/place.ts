/** Hits and their times, computed with this module's own constants. */
import type { Row } from "./row.js";

export type ChamberIndex = 0 | 1 | 2 | 3;
export const chambers: readonly ChamberIndex[] = [0, 1, 2, 3];
export const firstChannelOfChamber = [0, 64, 0, 64] as const;
const offsetNs = [93.9, 101.4, 95.5, 92.4] as const;

type Place = ChamberIndex | "scintillator" | "unmapped" | "head_rejected";

export function placeOf(row: Row): Place {
  if (row.head !== 2) return "head_rejected";
  if (row.fpga === 1 && row.channel === 128) return "scintillator";
  if (row.fpga === 0 && row.channel <= 63) return 0;
  if (row.fpga === 0 && row.channel <= 127) return 1;
  if (row.fpga === 1 && row.channel <= 63) return 2;
  if (row.fpga === 1 && row.channel <= 127) return 3;
  return "unmapped";
}

/** The number of the window in detector time, from ORBIT x 89 100 ns, floored to ms, in exact integers. */
export function detectorWindowOf(row: Row, windowMs: number): number {
  const ms = (BigInt(row.orbit) * 89_100n) / 1_000_000n;
  return Number(ms / BigInt(windowMs));
}

/** The scintillator row with the smallest BX + TDC/30; among ties, the lower BX and then the lower TDC. */
export function earliest(scintillators: Row[]): Row | undefined {
  const time = (row: Row): number => row.bx + row.tdc / 30;
  return [...scintillators].sort(
    (a, b) => compare(time(a), time(b)) || a.bx - b.bx || compare(a.tdc, b.tdc),
  )[0];
}

export function driftTimeNs(hit: Row, chamber: ChamberIndex, start: Row): number {
  return 25 * (hit.bx - start.bx + (hit.tdc - start.tdc) / 30) + offsetNs[chamber];
}

/** Comparison without subtraction, because differences of huge numbers can be infinite or NaN. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
