/** The rule about lost segments. */
import { chamberName, clockOf } from "../../../../pipeline/model/index.js";
import { median, total as totalOf } from "../statistics.js";
import type { RawFinding } from "../view.js";
import { mayHaveOtherCables } from "./border-lacks.js";
import { chamberEfficiency } from "./efficiency.js";
import { lowFraction } from "./fractions.js";
import type { ChamberQuantities, PairQuantities } from "./quantities.js";
import { isFarFrom } from "./search.js";
import { between, outside, total, twoCountsZ } from "./tails.js";
import { leastSegmentShare } from "./masks.js";
import {
  chamberDomain,
  chamberDomains,
  maskIn,
  percentWithError,
  rawFinding,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

const alignedMm = 40;

const segmentsOf = (sum: Float64Array, { fourHit, threeHit, ambiguous }: ChamberQuantities): number =>
  (sum[fourHit] as number) + (sum[threeHit] as number) + (sum[ambiguous] as number);

/**
 * Finds muons that a chamber misses completely although its layers are efficient: dead time, or a lost part of the
 * chamber.
 */
export const segmentLoss: PhysicsRule = (view) => {
  const { layout } = view;
  return layout.chambers.flatMap((places) => tagged(view, places) ?? compared(view, places) ?? []);
};

/** Factor on the share of segments in masked chambers, which is only an estimate. */
const maskedSlack = 0.93;
/** Variance of the fraction of lines with a segment over the binomial variance, as measured in Legnaro. */
const lineClustering = 1.3;

/** Uses muons that both neighbouring chambers of the same view have seen. */
function tagged(view: PhysicsView, { chamber }: ChamberQuantities): RawFinding | null {
  const { rules, layout, search, sums } = view;
  const settings = rules["segment-loss"];
  const { segmentShare } = maskIn(view.detector, chamber);
  if (segmentShare < leastSegmentShare) return null;
  const seen = segmentShare < 1 ? maskedSlack * segmentShare : 1;
  const tag = layout.pairs.find(({ chambers }) => chambers.length === 3 && chambers[1] === chamber);
  if (tag === undefined) return null;
  const one = search.find(
    `segment-tag ${chamber}`,
    tag.chambers.map(chamberDomain),
    (sum) => {
      const n = sum[tag.expected] as number;
      if (n < 8 || losesHits(view, sum, layout.chambers[chamber] as ChamberQuantities)) return null;
      // A segment far from the line is not lost: skip exchanged chambers and cables.
      if (tag.chambers.some((one) => mayHaveOtherCables(view, sum, one))) return null;
      const found = total(sum, tag.dx) + outside(sum, tag.dx);
      if (isElsewhere(sum, tag) || isElsewhere(sums.sum(0), tag)) return null;
      const orbits = ((sum[layout.ms] as number) * 1e6) / clockOf(view.detector).orbitNs;
      const [below, above] = [tag.chambers[0], tag.chambers[2]].map((one) =>
        segmentsOf(sum, layout.chambers[one as number] as ChamberQuantities),
      ) as [number, number];
      const real = seen - Math.min(0.5, (below * above) / orbits / n);
      const { fraction_good: good, fraction_low: low } = settings;
      return lowFraction(Math.min(n, found), n, good * real, low * real, lineClustering);
    },
    { z: settings.significance },
  );
  if (one === null) return null;
  const [below, , above] = tag.chambers.map((name) => chamberName(view.detector, name));
  const reason = `whole segments are lost (dead time): ${percentWithError(one.value, one.sigma)} of the muons seen by chambers ${below} and ${above} are found, expected at least ${Math.round(100 * seen * settings.fraction_good)} %`;
  return rawFinding("segment-loss", { kind: "chamber", chamber }, "bad", reason, {
    fraction: one.value,
    windows: one.windows,
  });
}

/** Whether most segments are far from the line: then chambers or cables are exchanged. */
function isElsewhere(sum: Float64Array, { dx }: PairQuantities): boolean {
  return between(sum, dx, -alignedMm, alignedMm) < 0.6 * (total(sum, dx) + outside(sum, dx));
}

/**
 * Whether the chamber loses segments because it loses hits, which is not dead time. The loss may have started in the
 * newest window.
 */
function losesHits({ rules, sums }: PhysicsView, sum: Float64Array, places: ChamberQuantities): boolean {
  const settings = rules["layer-efficiency"];
  return isInefficient(sum, places, settings) || isInefficient(sums.sum(0), places, settings);
}

function isInefficient(
  sum: Float64Array,
  places: ChamberQuantities,
  { fraction_good: good, fraction_low: low }: PhysicsView["rules"]["layer-efficiency"],
): boolean {
  const efficiency = chamberEfficiency(sum, places, good, low);
  return efficiency !== null && efficiency.beyond && efficiency.z > 2;
}

/** Compares the ratio of a chamber's segments to those of the other chambers with the comparison. */
function compared(view: PhysicsView, places: ChamberQuantities): RawFinding | null {
  const { rules, layout, search, comparison } = view;
  if (comparison === null) return null;
  const settings = rules["segment-loss"];
  const { chamber } = places;
  const others = layout.chambers.filter((one) => one.chamber !== chamber);
  const ofOthers = (sum: Float64Array): number[] => others.map((one) => segmentsOf(sum, one));
  const before = segmentsOf(comparison.sum, places);
  const usual = ofOthers(comparison.sum);
  if (before < 100 || usual.some((n) => n < 100)) return null;
  const one = search.find(
    `segment-share ${chamber}`,
    chamberDomains(chamber),
    (sum) => {
      const k = segmentsOf(sum, places);
      // The median is not affected by a fault in one of the other chambers.
      const scales = ofOthers(sum).map((n, i) => n / (usual[i] as number));
      const scale = median(scales);
      const expected = before * scale;
      if (expected < 20 || losesHits(view, sum, places)) return null;
      const value = k / expected;
      // The median of three or more values fluctuates more than their mean.
      const ofMedian = others.length > 2 ? Math.PI / 2 : 1;
      const spread = Math.sqrt(1 + (ofMedian * expected) / (totalOf(usual) * scale));
      const z = Math.max(0, -twoCountsZ(k, before, scale)) / spread;
      const sigma = (spread * Math.sqrt(k + 1)) / expected;
      const beyond = value < settings.ratio_low;
      return {
        ...{ value, sigma, good: 1, z, beyond },
        isClear: !beyond && isFarFrom(settings.ratio_low, value, sigma),
      };
    },
    { least: 2, z: settings.significance },
  );
  if (one === null) return null;
  const reason = `whole segments are lost (dead time): ${percentWithError(one.value, one.sigma)} of the segments expected from the other chambers and ${comparison.by}`;
  return rawFinding("segment-loss", { kind: "chamber", chamber }, "bad", reason, {
    ratio: one.value,
    windows: one.windows,
  });
}
