/** The sum of the muon counts of many windows, updated window by window. */
import { addMuonCounts, type MuonCounts } from "../../../pipeline/model/index.js";

/**
 * Sums parts. If most of them were in the previous sum, only differences are added and subtracted. Counts are
 * integers, so the result is exact in both cases.
 */
export class RunningSum {
  private parts = new Set<MuonCounts>();
  private sum: MuonCounts = {};

  /** Returns a new object; null without parts. */
  of(parts: readonly MuonCounts[]): MuonCounts | null {
    if (parts.length === 0) return null;
    const wanted = new Set(parts);
    const leaving = [...this.parts].filter((part) => !wanted.has(part));
    if (leaving.length * 2 >= this.parts.size) this.start();
    else for (const part of leaving) addMuonCounts(this.sum, part, -1);
    for (const part of wanted) if (!this.parts.has(part)) addMuonCounts(this.sum, part);
    this.parts = wanted;
    return { ...this.sum, ...withOrbits(this.sum, parts) };
  }

  private start(): void {
    this.parts = new Set();
    this.sum = {};
  }
}

/** Sets first and last orbits, which cannot be subtracted from a sum. FPGAs without rows are left out. */
function withOrbits(sum: MuonCounts, parts: readonly MuonCounts[]): Pick<MuonCounts, "read_out"> {
  if (sum.read_out === undefined) return {};
  const entries = Object.entries(sum.read_out).flatMap(([fpga, counts]) => {
    const own = parts.flatMap(({ read_out }) => read_out?.[fpga] ?? []);
    const orbits = own.flatMap(({ orbit_first, orbit_last }) =>
      orbit_first === null || orbit_last === null ? [] : [orbit_first, orbit_last],
    );
    if (own.length === 0) return [];
    const span =
      orbits.length === 0
        ? { orbit_first: null, orbit_last: null }
        : { orbit_first: Math.min(...orbits), orbit_last: Math.max(...orbits) };
    return [[fpga, { ...counts, ...span }] as const];
  });
  return { read_out: Object.fromEntries(entries) };
}
