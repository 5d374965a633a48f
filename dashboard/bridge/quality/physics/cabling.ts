/**
 * The rule about hits of muons that fit no line: layers are exchanged, cables are exchanged in a chamber or between two,
 * or a chamber is mirrored.
 */
import type { RawFinding } from "../view.js";
import { list } from "../words.js";
import { exchangedCables } from "./cable-borders.js";
import { areMissedUnevenly, exchangedLayers } from "./exchanged-layers.js";
import { areOfWrongLayers, fourHitLines } from "./lines.js";
import type { ChamberQuantities } from "./quantities.js";
import type { Found, SpanSearch } from "./search.js";
import { chamberDomains, percentWithError, rawFinding, type PhysicsRule, type PhysicsView } from "./view.js";

export const cabling: PhysicsRule = (view) => {
  const { chambers } = view.layout;
  const broken = chambers.map((places) => brokenLines(view, places));
  const others = chambers.filter((_, i) => broken[i] === null).map(({ chamber }) => chamber);
  return [...broken.filter((found) => found !== null), ...exchangedCables(view, others)];
};

function brokenLines({ rules, layout, search }: PhysicsView, places: ChamberQuantities): RawFinding | null {
  const settings = rules.cabling;
  const { chamber } = places;
  const key = `cabling ${chamber}`;
  const wasFound = search.has(key);
  const one = search.find(
    key,
    chamberDomains(chamber),
    (sum) => fourHitLines(sum, layout, places, settings),
    { slowToClear: true, fine: 0.02, z: settings.significance },
  );
  if (one === null) {
    // Findings derived from wrong lines end with them.
    if (wasFound) for (const rule of fromLines) search.forget(`${rule} ${chamber}`);
    return null;
  }
  const isOfLayers = areLayersExchanged(search, one, places);
  const pairs = isOfLayers ? exchangedLayers(one.sum, places) : [];
  const what = isOfLayers ? wordsOfLayers(pairs) : "cables are exchanged or the chamber is mirrored";
  const reason = `${what}: ${percentWithError(one.value, one.sigma)} of the orbits with at least four hits have a four-hit line, expected at least ${Math.round(100 * settings.fraction_good)} %`;
  return rawFinding("cabling", { kind: "chamber", chamber }, "bad", reason, {
    lines_fraction: one.value,
    lines_fraction_sigma: one.sigma,
    windows: one.windows,
    ...(pairs[0] === undefined ? {} : { layer: pairs[0][0], other_layer: pairs[0][1] }),
  });
}

const fromLines = ["layer-efficiency", "few-segments", "chamber-lines", "chamber-order"];

/**
 * Whether layers are exchanged, not cables. The windows vote, because the newest sum may have few counts, or good data
 * after the repair.
 */
function areLayersExchanged(search: SpanSearch, { key, sum }: Found, places: ChamberQuantities): boolean {
  const isNow = areOfWrongLayers(sum, places) || areMissedUnevenly(sum, places);
  const votes = (search.noteOf(key, "layers") ?? 0) + (isNow ? 1 : -1);
  search.note(key, "layers", Math.max(-mostVotes, Math.min(mostVotes, votes)));
  return votes === 0 ? isNow : votes > 0;
}
const mostVotes = 6;

/** "layers 1 and 2 are exchanged", with the other possible pairs. */
function wordsOfLayers([first, ...others]: ReturnType<typeof exchangedLayers>): string {
  if (first === undefined) return "two layers are exchanged";
  const or = others.length === 0 ? "" : ` (or ${others.map(list).join(", ")})`;
  return `layers ${list(first)}${or} are exchanged`;
}
