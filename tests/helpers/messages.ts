/**
 * Valid window messages, random but consistent, at low cost. The window number is the seed, so the same call always
 * returns the same message.
 */
import {
  cellsPerChamber,
  defaultDetector,
  edgesOf,
  messageSchema,
  type ActiveChannels,
  type ChannelCounts,
  type DriftTimes,
  type PerChamber,
  type WindowMessage,
} from "../../pipeline/model/index.js";

const chamberKeys = ["0", "1", "2", "3"];

export interface MessageOptions {
  id: number;
  windowMs?: number;
  /** Orbits with hits in the window. */
  orbits?: number;
  revision?: number;
  partial?: boolean;
  /** Malformed rows. */
  malformed?: number;
  /** Chambers without hits. */
  silentChambers?: readonly number[];
  /** Equal hits on all wires, as in a healthy telescope; otherwise the outer wires have few hits. */
  even?: boolean;
}

interface Hit {
  chamber: number;
  cell: number;
  orbit: number;
  /** Null if the orbit has no scintillator row. */
  driftNs: number | null;
}

export function makeMessage(options: MessageOptions): WindowMessage {
  const { id, windowMs = 5000, orbits = 400, revision = 0, malformed = 3 } = options;
  const random = seeded(id * 31 + revision);
  const firstOrbit = (id % 40_000) * 60_000;
  const hits = makeHits(random, orbits, firstOrbit, windowMs, options);
  const orbitsHit = distinct(hits.map(({ orbit }) => orbit));
  const scintOrbits = distinct(hits.filter(({ driftNs }) => driftNs !== null).map(({ orbit }) => orbit));
  const others = {
    malformed,
    head_rejected: Math.round(orbits * 0.5),
    unmapped: 2,
    scintillator: scintOrbits.length,
  };
  const rows = hits.length + others.malformed + others.head_rejected + others.unmapped + others.scintillator;
  return {
    msg_ID: id,
    hit_count: hits.length,
    hit_count_chamber: chamberKeys.map((_, c) => hits.filter(({ chamber }) => chamber === c).length),
    tdc_counts_chamber: perChamber((c) => channelCounts(hits, c)),
    active_tdc_chamber: perChamber((c) => activeChannels(hits, c)),
    active_tdc_multiplicity_chamber: perChamber((c) => multiplicity(hits, c)),
    scint_tdc_counts_chamber: perChamber((c) => channelCounts(hits.filter(hasScintillator), c)),
    drift_time_chamber: perChamber((c) => driftTimes(hits, c)),
    orbit_count: orbitsHit.length,
    scint_orbit_count: scintOrbits.length,
    ledger: { rows, ...others, hits: hits.length },
    sources: [{ id: "test", epoch: 1, partition: 0, ranges: [[id * 10, id * 10 + 9]], duplicates: 0 }],
    orbit_first: orbitsHit[0] ?? null,
    orbit_last: orbitsHit.at(-1) ?? null,
    partial: options.partial ?? false,
    window: { start_ms: id * windowMs, end_ms: (id + 1) * windowMs, time: "arrival" },
    schema: messageSchema,
    revision,
    emitted_ms: (id + 1) * windowMs + 100,
  };
}

/** Random numbers in 0..1, reproducible for a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Muons through all chambers with a scintillator signal, and single noise hits without one. */
function makeHits(
  random: () => number,
  orbits: number,
  firstOrbit: number,
  windowMs: number,
  { silentChambers: silent = [], even = false }: MessageOptions,
): Hit[] {
  const orbitsInWindow = Math.floor(windowMs / 0.0891);
  const hits = Array.from({ length: orbits }, () => {
    const orbit = firstOrbit + Math.floor(random() * orbitsInWindow);
    return random() < 0.55 ? muon(random, orbit, even) : [noise(random, orbit)];
  }).flat();
  return hits.filter(({ chamber }) => !silent.includes(chamber)).sort((a, b) => a.orbit - b.orbit);
}

function muon(random: () => number, orbit: number, even: boolean): Hit[] {
  const chambers = chamberKeys.map((_, chamber) => chamber).filter(() => random() < 0.8);
  return chambers.flatMap((chamber) => {
    const place = random() + random() + random() - 1.5;
    const wire = Math.floor(16 * (even ? random() : 0.5 + 0.28 * place));
    const layers = [0, 1, 2, 3].filter(() => random() < 0.93);
    return layers.map((layer) => ({
      chamber,
      cell: 4 * wire + layer,
      orbit,
      driftNs: 390 * random() ** 1.15 + 12 * (random() - 0.5),
    }));
  });
}

function noise(random: () => number, orbit: number): Hit {
  return { chamber: Math.floor(4 * random()), cell: Math.floor(64 * random()), orbit, driftNs: null };
}

function hasScintillator({ driftNs }: Hit): boolean {
  return driftNs !== null;
}

function perChamber<T>(make: (chamber: number) => T): PerChamber<T> {
  return Object.fromEntries(chamberKeys.map((key, chamber) => [key, make(chamber)])) as PerChamber<T>;
}

function channelCounts(hits: readonly Hit[], chamber: number): ChannelCounts {
  const first = defaultDetector.chambers[chamber]?.firstChannel ?? 0;
  const hist_counts = zeros(cellsPerChamber);
  for (const hit of hits) if (hit.chamber === chamber) hist_counts[hit.cell]! += 1;
  return { bin_edges: hist_counts.map((_, cell) => first + cell), hist_counts };
}

/** Orbits of a chamber in ascending order, with their numbers of distinct active channels. */
function activeByOrbit(hits: readonly Hit[], chamber: number): [number, number][] {
  const cells = new Map<number, Set<number>>();
  for (const hit of hits) {
    if (hit.chamber === chamber) cells.set(hit.orbit, (cells.get(hit.orbit) ?? new Set()).add(hit.cell));
  }
  return [...cells]
    .map(([orbit, active]) => [orbit, active.size] as [number, number])
    .sort((a, b) => a[0] - b[0]);
}

function activeChannels(hits: readonly Hit[], chamber: number): ActiveChannels {
  const active = activeByOrbit(hits, chamber);
  return {
    bin_edges: active.map(([orbit]) => orbit),
    hist_counts: active.map(([, channels]) => channels),
    orbits_per_bin: 1,
  };
}

function multiplicity(hits: readonly Hit[], chamber: number): number[] {
  const orbits = zeros(cellsPerChamber + 1);
  for (const [, channels] of activeByOrbit(hits, chamber)) orbits[channels]! += 1;
  return orbits;
}

function driftTimes(hits: readonly Hit[], chamber: number): DriftTimes {
  const axis = defaultDetector.driftTimeAxisNs;
  const result = { bin_edges: edgesOf(axis), hist_counts: zeros(axis.bins), underflow: 0, overflow: 0 };
  for (const hit of hits) {
    if (hit.chamber !== chamber || hit.driftNs === null) continue;
    const bin = Math.floor(((hit.driftNs - axis.lower) * axis.bins) / (axis.upper - axis.lower));
    if (bin < 0) result.underflow += 1;
    else if (bin >= axis.bins) result.overflow += 1;
    else result.hist_counts[bin]! += 1;
  }
  return result;
}

function distinct(values: number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
