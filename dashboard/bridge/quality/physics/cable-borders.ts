/** Finds cables of 16 channels that are exchanged, in one chamber or between two, by the segments missing at their borders. */
import { chamberName } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import { list } from "../words.js";
import { wiresPerCable } from "./border-counts.js";
import {
  bordersIn,
  cableOutside,
  isDoubtful,
  longSpan,
  outside,
  patterns,
  readingOf,
  type BordersOf,
  type Lack,
  type Pattern,
} from "./border-lacks.js";
import type { Found, Reading } from "./search.js";
import { chamberDomain, percentWithError, rawFinding, type PhysicsView } from "./view.js";

/** Standard deviations of each of two chambers, besides those of both together. */
const eachSignificance = 3.3;
/** The two cables whose exchange inside a chamber breaks these borders; any other exchange breaks all. */
const cablesInside = new Map<Pattern, readonly [number, number]>([
  [0b011, [0, 1]],
  [0b110, [2, 3]],
  [0b101, [0, 3]],
]);
/** Borders that are broken in one chamber, or in two. */
interface Broken {
  one: Found;
  places: { chamber: number; pattern: Pattern }[];
}

/** @param chambers those whose lines are not broken everywhere */
export function exchangedCables(view: PhysicsView, chambers: readonly number[]): RawFinding[] {
  const bordersOf = bordersIn(view);
  const pairs = chambers.flatMap((a, i) => chambers.slice(i + 1).map((b) => [a, b] as const));
  const inTwo = apart(pairs.flatMap((pair) => brokenInTwo(view, bordersOf, pair) ?? []));
  const named = new Set(inTwo.flatMap(({ places }) => places.map(({ chamber }) => chamber)));
  const inOne = chambers
    .flatMap((chamber) => brokenInOne(view, bordersOf, chamber) ?? [])
    .filter(({ places }) => places.every(({ chamber }) => !named.has(chamber)))
    .filter((broken) =>
      isSingle(
        view,
        bordersOf,
        chambers.filter((one) => !named.has(one)),
        broken,
      ),
    );
  return [
    ...(inTwo.length === 0 ? [] : [findingBetween(view, bordersOf, inTwo)]),
    ...inOne.map((broken) => findingOfOne(view, bordersOf, chambers, broken)),
  ];
}

/**
 * Whether a chamber is reported alone: not before another one that is likely to be found, too, because then the cables
 * are exchanged between them.
 */
function isSingle(
  { search }: PhysicsView,
  bordersOf: BordersOf,
  chambers: readonly number[],
  { one, places }: Broken,
): boolean {
  const others = chambers.filter((other) => places.every(({ chamber }) => chamber !== other));
  const isAlone = !others.some((other) => isDoubtful(bordersOf(one.sum, other)));
  if (isAlone) search.note(one.key, "alone", 1);
  return search.noteOf(one.key, "alone") !== null;
}

/** The most significant ones that share no chamber. */
function apart(all: readonly Broken[]): Broken[] {
  const taken = new Set<number>();
  return all
    .toSorted((a, b) => b.one.z - a.one.z)
    .filter(({ places }) => {
      if (places.some(({ chamber }) => taken.has(chamber))) return false;
      for (const { chamber } of places) taken.add(chamber);
      return true;
    });
}

function brokenInOne(view: PhysicsView, bordersOf: BordersOf, chamber: number): Broken | null {
  return find(view, bordersOf, [chamber], patterns, ([lack]) => lack ?? null);
}

function brokenInTwo(
  view: PhysicsView,
  bordersOf: BordersOf,
  pair: readonly [number, number],
): Broken | null {
  const [a, b] = pair;
  if (isWholeBeside(view, a, b) || isWholeBeside(view, b, a)) return null;
  const stood = view.search.has(keyOf(pair));
  const broken = find(view, bordersOf, pair, outside, ([one, other]) => {
    if (!one || !other) return null;
    return {
      ...readingOf(one.found + other.found, one.expected + other.expected),
      z: Math.hypot(one.z, other.z),
      isClear: one.isClear === true || other.isClear === true,
      beyond: one.beyond && other.beyond && Math.min(one.z, other.z) > eachSignificance,
    };
  });
  // The borders of each chamber were part of the same fault.
  if (stood && broken === null) for (const chamber of pair) view.search.forget(keyOf([chamber]));
  if (
    broken?.places.some(({ chamber, pattern }) => bordersOf(broken.one.sum, chamber).areWholeAt(pattern)) ===
    true
  ) {
    // One of them only looked broken by chance.
    view.search.forget(broken.one.key);
    return null;
  }
  // More borders are broken than one cable has: then the chambers have faults of their own.
  return broken?.places.every(({ pattern }) => cableOutside.has(pattern)) === true ? broken : null;
}

/** The pattern of each chamber is kept while the fault is active; further borders are added when they are clearly broken. */
function find(
  { rules, search }: PhysicsView,
  bordersOf: BordersOf,
  chambers: readonly number[],
  among: readonly Pattern[],
  join: (lacks: readonly (Lack | null)[]) => Reading | null,
): Broken | null {
  const key = keyOf(chambers);
  const lackOf = (sum: ArrayLike<number>, chamber: number): Lack | null => {
    const kept = search.noteOf(key, `pattern ${chamber}`);
    const own = bordersOf(sum, chamber);
    return kept === null ? own.worst(among) : own.lackOf(kept);
  };
  const one = search.find(
    key,
    chambers.map(chamberDomain),
    (sum) => join(chambers.map((chamber) => lackOf(sum, chamber))),
    { slowToClear: true, z: rules.cabling.edge_significance },
  );
  if (one === null) return null;
  const places = chambers.map((chamber) => {
    const own = bordersOf(one.sum, chamber);
    const kept = search.noteOf(key, `pattern ${chamber}`) ?? own.worst(among)?.pattern ?? 0;
    // In a long span at a low rate, some whole border has no segments by chance.
    const pattern = one.windows < longSpan ? own.grown(kept) : kept;
    search.note(key, `pattern ${chamber}`, pattern);
    return { chamber, pattern };
  });
  return { one, places };
}

/** Whether the borders were certainly those of the pattern at any time since the fault was found. */
function isNamed(
  { search }: PhysicsView,
  bordersOf: BordersOf,
  { key, sum }: Found,
  chamber: number,
  pattern: Pattern,
): boolean {
  const name = certainly(chamber, pattern);
  if (search.noteOf(key, name) === null && bordersOf(sum, chamber).areCertainly(pattern))
    search.note(key, name, 1);
  return search.noteOf(key, name) !== null;
}

/** Whether a chamber was certainly whole while another had a fault of its own: then they exchange no cables. */
function isWholeBeside({ search }: PhysicsView, chamber: number, other: number): boolean {
  return search.noteOf(keyOf([other]), certainly(chamber, 0)) !== null;
}

const keyOf = (chambers: readonly number[]): string => `cable-borders ${chambers.join(" ")}`;
const certainly = (chamber: number, pattern: Pattern): string => `certain ${chamber} ${pattern}`;

/** With several pairs, it is not known which chambers belong together. */
function findingBetween(view: PhysicsView, bordersOf: BordersOf, pairs: readonly Broken[]): RawFinding {
  const places = pairs
    .flatMap(({ one, places: own }) =>
      own.map(({ chamber, pattern }) => ({
        chamber,
        cable: isNamed(view, bordersOf, one, chamber, pattern) ? cableOutside.get(pattern) : undefined,
      })),
    )
    .toSorted((a, b) => a.chamber - b.chamber);
  const cables = places.flatMap(({ cable }) => cable ?? []);
  const areKnown = cables.length === places.length;
  const names = places.map(({ chamber, cable }) => {
    const wires = areKnown ? ` (${wiresOf(cable)})` : "";
    return `chamber ${chamberName(view.detector, chamber)}${wires}`;
  });
  const [cable, other] = cables;
  return findingOf(
    { kind: "chambers", chambers: places.map(({ chamber }) => chamber) },
    (pairs[0] as Broken).one,
    `cables of 16 channels are exchanged between ${list(names)}`,
    areKnown && cables.length === 2 && cable !== undefined && other !== undefined
      ? { cable, other_cable: other }
      : {},
  );
}

function findingOfOne(
  view: PhysicsView,
  bordersOf: BordersOf,
  chambers: readonly number[],
  { one, places }: Broken,
): RawFinding {
  const { chamber, pattern } = places[0] as Broken["places"][number];
  const scope = { kind: "chamber", chamber } as const;
  const [ofInside, ofOutside] = [cablesInside.get(pattern), cableOutside.get(pattern)];
  const isCertain = isNamed(view, bordersOf, one, chamber, pattern);
  const areOthersWhole = chambers
    .filter((other) => other !== chamber)
    .map((other) => isNamed(view, bordersOf, one, other, 0))
    .every(Boolean);
  if (isCertain && ofInside !== undefined && (ofOutside === undefined || areOthersWhole)) {
    const [a, b] = ofInside;
    const wires = `${wiresOf(a)} and ${wiresOf(b).slice("wires ".length)}`;
    return findingOf(scope, one, `two cables of 16 channels are exchanged (${wires})`, {
      cable: a,
      other_cable: b,
    });
  }
  if (isCertain && ofInside === undefined && ofOutside !== undefined) {
    const what = `the cable of ${wiresOf(ofOutside)} is exchanged with one of another chamber`;
    return findingOf(scope, one, what, { cable: ofOutside });
  }
  return findingOf(scope, one, "two cables of 16 channels are exchanged", {});
}

function wiresOf(cable = 0): string {
  return `wires ${wiresPerCable * cable} to ${wiresPerCable * (cable + 1) - 1}`;
}

function findingOf(
  scope: RawFinding["scope"],
  { value, sigma, windows }: Found,
  what: string,
  cables: Record<string, number>,
): RawFinding {
  const reason = `${what}: ${percentWithError(value, sigma)} of the segments expected at the borders between cables are missing`;
  return rawFinding("cabling", scope, "bad", reason, {
    edge_lack: value,
    edge_lack_sigma: sigma,
    windows,
    ...cables,
  });
}
