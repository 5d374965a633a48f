/** Sums of the counts of segments, timing, read-out and trigger words. */
import { muonKeyNames } from "./muons.js";
import type { MuonKeys } from "./schema/muon-parts.js";

type SummedKey = Exclude<(typeof muonKeyNames)[number], "muons">;

/** Keys that can be summed, in the order of the message. */
const summedMuonKeys = muonKeyNames.filter((key): key is SummedKey => key !== "muons");

/** The counts of one window or of a sum; a key is absent where the windows have none. */
export type MuonCounts = Partial<Pick<MuonKeys, SummedKey>>;

/** Keys whose values are not counts. */
const axisNames = new Set(["lower", "upper"]);

/** Adds counts to the sum, or subtracts them with -1. The first and last orbit are kept. */
export function addMuonCounts(sum: MuonCounts, counts: MuonCounts, sign: 1 | -1 = 1): void {
  for (const key of summedMuonKeys) {
    const from = counts[key];
    if (from === undefined) continue;
    if (sum[key] === undefined) {
      if (sign < 0) continue;
      Object.assign(sum, { [key]: copyOf(from) });
    } else addCounts(sum[key], from, sign);
  }
}

/** The keys that can be summed, of a message or of a sum; shares their content. */
export function muonCountsOf(from: MuonCounts): MuonCounts {
  return Object.fromEntries(
    summedMuonKeys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])),
  );
}

interface Counts {
  [name: string]: number | boolean | null | number[] | Counts | Counts[];
}

function addCounts(into: Counts, from: Counts, sign: 1 | -1): void {
  for (const [name, value] of Object.entries(from)) {
    const own = into[name];
    if (typeof value === "number") {
      if (axisNames.has(name)) continue;
      if (name === "orbit_first") into[name] = typeof own === "number" ? Math.min(own, value) : value;
      else if (name === "orbit_last") into[name] = typeof own === "number" ? Math.max(own, value) : value;
      else into[name] = (typeof own === "number" ? own : 0) + sign * value;
    } else if (value !== null) {
      if (own == null) into[name] = copyOf(value);
      else if (typeof own === "object" && typeof value === "object") addNested(own, value, sign);
    }
  }
}

function copyOf<T extends Counts | Counts[string]>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one: number | Counts) => copyOf(one)) as T;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copyOf(one)])) as T;
}

function addNested(
  own: Counts | number[] | Counts[],
  value: number[] | Counts | Counts[],
  sign: 1 | -1,
): void {
  if (!Array.isArray(value)) return addCounts(own as Counts, value, sign);
  value.forEach((one, i) => {
    if (typeof one === "number") (own as number[])[i] = ((own as number[])[i] ?? 0) + sign * one;
    else addCounts((own as Counts[])[i] as Counts, one, sign);
  });
}
