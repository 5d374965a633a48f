/** The rule about chambers whose lines do not match: finds which are exchanged or have wrong cables. */
import { chamberName } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import { list } from "../words.js";
import { median } from "../statistics.js";
import { highFraction } from "./fractions.js";
import { areBroken, areOfWrongLayers } from "./lines.js";
import { exchangeOf } from "./exchange.js";
import { delayedLayer } from "./layer-times.js";
import type { PairQuantities } from "./quantities.js";
import type { Found, Reading } from "./search.js";
import { between, outside, total } from "./tails.js";
import {
  chamberDomain,
  chamberDomains,
  isReported,
  rawFinding,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

const alignedMm = 40;
const sharpMm = 12;
/** Number of windows after which a mismatch is reported although the exchanged chambers are not known. */
const undecidedWindows = 4;

/** Pairs of a chamber share some of their muons. */
const pairClustering = 2;

/**
 * Judges all pairs of a chamber together: wrong cables affect all of them. When this ends for a chamber, it ends for
 * its pairs, and for other chambers unless their newest window contradicts it.
 */
function linesOfChambers(
  { rules, layout, search, sums }: PhysicsView,
  pairs: readonly PairQuantities[],
): Found[] {
  const { fraction_good: good, fraction_high: high, significance: z } = rules["chamber-order"];
  const judged = layout.chambers.flatMap(({ chamber }) => {
    const own = pairs.filter(({ chambers }) => chambers.includes(chamber));
    if (own.length < 2) return [];
    const key = `chamber-lines ${chamber}`;
    const read = (sum: Float64Array): Reading | null => {
      let [n, near] = [0, 0];
      for (const pair of own) {
        n += entries(sum, pair);
        near += between(sum, pair.dx, -alignedMm, alignedMm);
      }
      return n < 20 ? null : highFraction(n - near, n, good, high, pairClustering);
    };
    const wasFound = search.has(key);
    const found = search.find(key, chamberDomains(chamber), read, { slowToClear: true, fine: 0.03, z });
    const isEnd = wasFound && found === null;
    if (isEnd) for (const { name } of own) search.drop(pairKey(name));
    return [{ chamber, key, read, found, isEnd }];
  });
  const isEnd = judged.some((one) => one.isEnd);
  return judged.flatMap(({ chamber, key, read, found }) => {
    if (found === null) return [];
    if (!isEnd || read(sums.sum(0))?.beyond !== false) return [found];
    search.drop(key);
    search.restart(chamberDomains(chamber), 1);
    return [];
  });
}

const pairKey = (name: string): string => `chamber-order ${name}`;

interface BadPair {
  pair: PairQuantities;
  one: Reading;
}

export const chamberOrder: PhysicsRule = (view) => {
  const { rules, layout, search } = view;
  const settings = rules["chamber-order"];
  const pairs = layout.pairs.filter(({ chambers }) => chambers.length === 2);
  const read =
    (pair: PairQuantities) =>
    (sum: ArrayLike<number>): Reading | null => {
      const n = entries(sum, pair);
      if (n < 10) return null;
      const far = n - between(sum, pair.dx, -alignedMm, alignedMm);
      return highFraction(far, n, settings.fraction_good, settings.fraction_high);
    };
  const lines = linesOfChambers(view, pairs);
  const judged = pairs.map((pair) => ({
    pair,
    one: search.find(pairKey(pair.name), pair.chambers.map(chamberDomain), read(pair), {
      slowToClear: true,
      fine: 0.03,
      z: settings.significance,
    }),
  }));
  const longest = [...judged.flatMap(({ one }) => one ?? []), ...lines].reduce<Found | null>(
    (long, one) => (one.windows > (long?.windows ?? 0) ? one : long),
    null,
  );
  if (longest === null) return [];
  // Once one pair is found, the others need less evidence: together, the bad pairs identify the wrong chamber.
  const readings = pairs.map((pair, i) => ({ pair, one: judged[i]?.one ?? read(pair)(longest.sum) }));
  const bad = readings.flatMap(({ pair, one }) =>
    one !== null && one.beyond && one.z > 2.5 ? [{ pair, one }] : [],
  );
  if (bad.length === 0) return [];
  return blame(view, readings, bad, longest);
};

function blame(
  view: PhysicsView,
  readings: { pair: PairQuantities; one: Reading | null }[],
  bad: BadPair[],
  { sum, windows }: Found,
): RawFinding[] {
  const { layout, rules } = view;
  // Wrong cables that are already known explain all pairs of their chamber.
  const areKnown = ({ pair }: BadPair): boolean =>
    pair.chambers.some((chamber) => isReported(view, "cabling", chamber));
  if (bad.every(areKnown)) return [];
  const far = median(bad.map(({ one }) => one.value));
  const numbers = { far_fraction: far, pairs: bad.length, windows };
  const words = `${Math.round(100 * far)} % of the segments are more than ${alignedMm} mm from the lines of the other chambers`;
  // Broken lines in a chamber also miss those of the other chambers.
  const broken = layout.chambers.filter((places) => areBroken(sum, layout, places, rules.cabling));
  const own = (chamber: number): BadPair[] => bad.filter(({ pair }) => pair.chambers.includes(chamber));
  const inside = [
    ...new Set([...broken.map(({ chamber }) => chamber), ...sharpChambers(sum, readings, bad)]),
  ].filter((chamber) => own(chamber).length > 0);
  if (inside.length > 0 && bad.every(({ pair }) => pair.chambers.some((one) => inside.includes(one))))
    return inside.flatMap((chamber) => {
      // Exchanged layers are found in the chamber itself.
      const places = layout.chambers[chamber];
      if (places === undefined || isReported(view, "cabling", chamber) || areOfWrongLayers(sum, places))
        return [];
      const reason = `cables of the chamber are exchanged or it is mirrored: ${words}`;
      return [rawFinding("cabling", { kind: "chamber", chamber }, "bad", reason, numbers)];
    });
  const exchange = exchangeOf(view, sum);
  if (exchange !== null) {
    const reason = `${exchange.words} are exchanged: ${words}`;
    return [
      rawFinding("chamber-order", { kind: "chambers", chambers: exchange.chambers }, "bad", reason, numbers),
    ];
  }
  if (windows < undecidedWindows) return [];
  // The lines of a chamber with a late layer are tilted, and miss those of the others: then the layer is the cause.
  const tilted = layout.chambers.flatMap((places) => {
    const layer =
      own(places.chamber).length < bad.length ? null : delayedLayer(view, places, { sum, windows });
    return layer ?? [];
  });
  const chambers = [...new Set(bad.flatMap(({ pair }) => pair.chambers))].sort((a, b) => a - b);
  const reason = `chambers ${list(chambers.map((one) => chamberName(view.detector, one)))} do not line up: two chambers or FPGAs are exchanged; ${words}`;
  return [...tilted, rawFinding("chamber-order", { kind: "chambers", chambers }, "bad", reason, numbers)];
}

const entries = (sum: ArrayLike<number>, { dx }: PairQuantities): number => total(sum, dx) + outside(sum, dx);

/** Chambers in all bad pairs, some of whose lines still match well: some of their cables are wrong. */
function sharpChambers(
  sum: ArrayLike<number>,
  readings: { pair: PairQuantities; one: Reading | null }[],
  bad: BadPair[],
): number[] {
  const chambers = [...new Set(bad.flatMap(({ pair }) => pair.chambers))];
  return chambers.filter((chamber) => {
    if (!bad.every(({ pair }) => pair.chambers.includes(chamber))) return false;
    const own = readings.filter(({ pair }) => pair.chambers.includes(chamber));
    const known = own.filter(({ one }) => one !== null);
    if (known.length < own.length && known.length < 2) return false;
    let [sharp, n] = [0, 0];
    for (const { pair } of own) {
      sharp += between(sum, pair.dx, -sharpMm, sharpMm);
      n += entries(sum, pair);
    }
    // If two chambers may be the wrong one, their other pairs decide.
    const badOwn = own.filter(({ one }) => one?.beyond === true && one.z > 1.5);
    return sharp > 0.2 * n && badOwn.length > 0.6 * known.length;
  });
}
