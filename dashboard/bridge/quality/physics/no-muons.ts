/** Rule about chambers with hits of which hardly any are in segments. */
import { cellsPerChamber } from "../../../../pipeline/model/index.js";
import { median } from "../statistics.js";
import { count } from "../words.js";
import { lowFraction } from "./fractions.js";
import { leastSegmentShare } from "./masks.js";
import type { ChamberQuantities } from "./quantities.js";
import type { Reading } from "./search.js";
import { chamberDomain, chamberDomains, maskIn, rawFinding, type PhysicsRule } from "./view.js";

const hitsPerSegment = 3.6;
/** With this part of the hits in segments of the other chambers, a chamber has muons; noise alone makes a few segments. */
const usualPart = 0.3;
const fewHitsUsed = 20;
/** A cell is hot with this many times the hits of most others. */
const hotCellRatio = 4;

export const noMuons: PhysicsRule = ({ rules, layout, search, detector, comparison }) => {
  const settings = rules["no-muons"];
  const { fraction_good: good, fraction_low: limit, significance: z } = settings;
  const words = (value: number, hits: number): string =>
    `${(100 * value).toFixed(1)} % of ${count(hits)} hits are in segments, expected at least ${100 * good} %`;
  // If most cells are masked, muons leave no segments.
  const chambers = layout.chambers.filter(
    ({ chamber }) => maskIn(detector, chamber).segmentShare >= leastSegmentShare,
  );
  const usedOf = (sum: ArrayLike<number>, of: readonly ChamberQuantities[]): number =>
    of.reduce((all, { hitsUsed }) => all + (sum[hitsUsed] as number), 0);
  const hitsOf = (sum: ArrayLike<number>, of: readonly ChamberQuantities[]): number =>
    of.reduce((all, { hits }) => all + (sum[hits] as number), 0);
  /** Hits in segments expected from the other chambers; 0 without them. */
  const usualOf = (sum: ArrayLike<number>, of: readonly ChamberQuantities[]): number => {
    const others = chambers.filter((other) => !of.includes(other));
    return others.length === 0 ? 0 : median(others.map((other) => sum[other.hitsUsed] as number));
  };
  const read =
    (of: readonly ChamberQuantities[], least: number) =>
    (sum: ArrayLike<number>): Reading | null => {
      if (hitsOf(sum, of) < least) return null;
      const used = usedOf(sum, of);
      const reading = lowFraction(used, hitsOf(sum, of), good, limit, hitsPerSegment);
      if (reading?.beyond !== true) return reading;
      // With as many segments as before, or in other chambers, there are muons, and it is the noise that is high.
      const time = (sum[layout.ms] as number) / (comparison?.sum[layout.ms] ?? Infinity);
      const usual = Math.max(comparison === null ? 0 : time * usedOf(comparison.sum, of), usualOf(sum, of));
      if (usual > 0 && used > usualPart * Math.max(fewHitsUsed, usual))
        return { ...reading, z: 0, beyond: false };
      // The hits of hot cells do not show that muons are missing.
      const hits = of.reduce((all, places) => all + hitsWithoutHotCells(sum, places), 0);
      return lowFraction(Math.min(used, hits), hits, good, limit, hitsPerSegment);
    };
  const readAll = read(chambers, settings.hits / 2);
  const all = search.find(
    "no-muons",
    layout.chambers.map(({ chamber }) => chamberDomain(chamber)),
    (sum) => {
      const reading = readAll(sum);
      const isAnyGood = chambers.some((one) => usedOf(sum, [one]) > limit * hitsOf(sum, [one]));
      return reading !== null && isAnyGood ? { ...reading, z: 0, beyond: false } : reading;
    },
    { z },
  );
  if (all !== null) {
    const hits = hitsOf(all.sum, chambers);
    const reason = `no muons: only noise in all chambers; ${words(all.value, hits)}`;
    return [
      rawFinding("no-muons", { kind: "whole" }, "bad", reason, {
        fraction: all.value,
        hits,
        windows: all.windows,
      }),
    ];
  }
  return chambers.flatMap((places) => {
    const { chamber, hits } = places;
    const one = search.find(
      `no-muons ${chamber}`,
      chamberDomains(chamber),
      read([places], settings.hits / 4),
      { z },
    );
    if (one === null) return [];
    const reason = `no muons in this chamber: ${words(one.value, one.sum[hits] as number)}`;
    const numbers = { fraction: one.value, windows: one.windows };
    return [rawFinding("no-muons", { kind: "chamber", chamber }, "bad", reason, numbers)];
  });
};

function hitsWithoutHotCells(sum: ArrayLike<number>, { cellHits }: ChamberQuantities): number {
  const hits = Array.from({ length: cellsPerChamber }, (_, cell) => sum[cellHits + cell] as number);
  const most = hotCellRatio * Math.max(1, median(hits));
  return hits.reduce((all, one) => all + Math.min(one, most), 0);
}
