/** Constraints on a message of schema 1 beyond a JSON Schema: sums, orders and the coarsening of orbits. */
import { ledgerGap } from "../../pipeline/model/ledger.js";
import {
  chamberKeysOf,
  type ActiveChannels,
  type DriftTimes,
  type SourceRanges,
  type WindowMessage,
} from "../../pipeline/model/message.js";

/** Message whose keys exist in all its parts, which is checked first. */
type ChamberKey = "0" | "1" | "2" | "3";
const keysOf = (message: Checked): ChamberKey[] => chamberKeysOf(message) as ChamberKey[];

type Checked = Omit<WindowMessage, "emitted_ms">;

/** Complaints about a message that conforms to the schema; none if it is consistent. */
export function checkMessage(message: Checked): string[] {
  const misfits = checkChamberKeys(message);
  if (misfits.length > 0) return misfits;
  return [
    ...checkTotals(message),
    ...checkOrbits(message),
    ...checkWindow(message),
    ...message.sources.flatMap(checkSource),
    ...checkSourceOrder(message.sources),
    ...keysOf(message).flatMap((key) => checkChamber(message, key).map((text) => `chamber ${key}: ${text}`)),
  ];
}

/** All parts by chamber must have the same chambers, which are four if no set-up is named. */
function checkChamberKeys(message: Checked): string[] {
  const { hit_count_chamber, detector, config_hash } = message;
  if (detector === undefined && config_hash === undefined && hit_count_chamber.length !== 4)
    return [`/hit_count_chamber has ${hit_count_chamber.length} chambers, and no set-up is named`];
  const parts = message as unknown as Record<string, object>;
  return Object.keys(parts)
    .filter((name) => name.endsWith("_chamber") && !/^(hit_count|segment|noise)_/.test(name))
    .filter((name) => Object.keys(parts[name] as object).length !== hit_count_chamber.length)
    .map((name) => `/${name} has other chambers than hit_count_chamber`);
}

function checkTotals({ ledger, hit_count, hit_count_chamber }: Checked): string[] {
  return complaints([
    [ledgerGap(ledger) === 0, `the ledger leaves ${ledgerGap(ledger)} rows unexplained`],
    [ledger.hits === hit_count, `ledger.hits ${ledger.hits} is not hit_count ${hit_count}`],
    [sum(hit_count_chamber) === hit_count, `hit_count_chamber does not add up to hit_count ${hit_count}`],
    [reasonsAddUp(ledger), `malformed_reasons do not add up to malformed ${ledger.malformed}`],
  ]);
}

function reasonsAddUp({ malformed, malformed_reasons }: Checked["ledger"]): boolean {
  return malformed_reasons === undefined || sum(Object.values(malformed_reasons)) === malformed;
}

function checkOrbits(message: Checked): string[] {
  const { hit_count, orbit_count, scint_orbit_count, orbit_first, orbit_last, ledger } = message;
  const span = orbit_first === null || orbit_last === null ? 0 : orbit_last - orbit_first + 1;
  const perChamber = keysOf(message).map((key) => sum(message.active_tdc_multiplicity_chamber[key]));
  return complaints([
    [orbit_count <= hit_count, `orbit_count ${orbit_count} is above hit_count ${hit_count}`],
    [orbit_count <= span, `orbit_count ${orbit_count} does not fit between orbit_first and orbit_last`],
    [orbit_count >= Math.min(2, span), "orbit_count does not hold both orbit_first and orbit_last"],
    [Math.max(...perChamber) <= orbit_count, "a chamber has more orbits than orbit_count"],
    [sum(perChamber) >= orbit_count, "orbit_count is above the orbits of all chambers"],
    [scint_orbit_count <= orbit_count, "scint_orbit_count is above orbit_count"],
    [scint_orbit_count <= ledger.scintillator, "scint_orbit_count is above the scintillator rows"],
    [(scint_orbit_count === 0) === (scintHits(message) === 0), "scintillator orbits and their hits disagree"],
  ]);
}

function scintHits(message: Checked): number {
  return sum(keysOf(message).map((key) => sum(message.scint_tdc_counts_chamber[key].hist_counts)));
}

function checkWindow({ msg_ID, window }: Checked): string[] {
  const length = window.end_ms - window.start_ms;
  return complaints([
    [length >= 1000 && length <= 60_000, `a window of ${length} ms is not within 1..60 s`],
    [window.start_ms === msg_ID * length, `window starts at ${window.start_ms}, not at msg_ID x ${length}`],
  ]);
}

function checkChamber(message: Checked, key: ChamberKey): string[] {
  const hits = message.hit_count_chamber[Number(key)];
  const all = message.tdc_counts_chamber[key];
  const scint = message.scint_tdc_counts_chamber[key];
  const drift = message.drift_time_chamber[key];
  const drifts = sum(drift.hist_counts) + drift.underflow + drift.overflow;
  return [
    ...complaints([
      [sum(all.hist_counts) === hits, `tdc_counts do not add up to the ${hits} hits`],
      [all.bin_edges.every(followsFirst), "channels do not follow each other"],
      [same(all.bin_edges, scint.bin_edges), "scint_tdc_counts has other channels than tdc_counts"],
      [
        scint.hist_counts.every((count, i) => count <= at(all.hist_counts, i)),
        "scint_tdc_counts above tdc_counts",
      ],
      [drifts === sum(scint.hist_counts), `${drifts} drift times for ${sum(scint.hist_counts)} hits`],
      ...checkDriftAxis(drift),
    ]),
    ...checkActive(message, key),
  ];
}

function checkDriftAxis({ bin_edges, hist_counts }: DriftTimes): Check[] {
  return [
    [isAscending(bin_edges), "drift-time edges are not ascending"],
    [bin_edges.length === hist_counts.length + 1, "drift-time edges are not one more than the bins"],
  ];
}

function checkActive(message: Checked, key: ChamberKey): string[] {
  const active = message.active_tdc_chamber[key];
  const multiplicity = message.active_tdc_multiplicity_chamber[key];
  const hits = at(message.hit_count_chamber, Number(key));
  const { bin_edges, hist_counts, orbits_per_bin } = active;
  const channels = sum(multiplicity.map((orbits, k) => orbits * k));
  const busiest = multiplicity.findLastIndex((orbits) => orbits > 0);
  const channelsHit = message.tdc_counts_chamber[key].hist_counts.filter((count) => count > 0).length;
  return complaints([
    [bin_edges.length === hist_counts.length, "active edges and counts differ in number"],
    [isAscending(bin_edges), "active orbits are not ascending"],
    [bin_edges.every((edge) => edge % orbits_per_bin === 0), `edges are not multiples of ${orbits_per_bin}`],
    [sum(hist_counts) === channels, `${sum(hist_counts)} active channels, ${channels} by multiplicity`],
    [channels <= hits, `${channels} active channels of ${hits} hits`],
    [
      busiest <= channelsHit,
      `an orbit with ${busiest} active channels, but only ${channelsHit} channels have hits`,
    ],
    [multiplicity[0] === 0, "an orbit without active channels is counted"],
    [areWithin(active, message), "active orbits are not between orbit_first and orbit_last"],
    ...checkCoarsening(active, multiplicity),
  ]);
}

function areWithin({ bin_edges, orbits_per_bin }: ActiveChannels, message: Checked): boolean {
  const first = bin_edges[0];
  const last = bin_edges.at(-1);
  if (first === undefined || last === undefined) return true;
  const { orbit_first, orbit_last } = message;
  if (orbit_first === null || orbit_last === null) return false;
  return first + orbits_per_bin > orbit_first && last <= orbit_last;
}

/** A power of two is the smallest sufficient one if half of it would give more than 2000 ranges. */
function checkCoarsening(
  { bin_edges, hist_counts, orbits_per_bin }: ActiveChannels,
  multiplicity: number[],
): Check[] {
  const orbits = sum(multiplicity);
  if (orbits_per_bin === 1) {
    const counted = Array.from(multiplicity, (_, k) => hist_counts.filter((count) => count === k).length);
    return [[same(counted, multiplicity), "active counts per orbit and multiplicity disagree"]];
  }
  const mostHalves = sum(hist_counts.map((count) => Math.min(2, count)));
  return [
    [orbits > 2000, `${orbits} orbits need no grouping`],
    [mostHalves > 2000, `orbits_per_bin ${orbits_per_bin} is not the smallest`],
    [bin_edges.length <= orbits, "more ranges than orbits"],
    [bin_edges.length * orbits_per_bin >= orbits, "more orbits than the ranges can hold"],
  ];
}

function checkSource({ id, ranges }: SourceRanges): string[] {
  const ordered = ranges.every(([first, last], i) => first <= last && first > (ranges[i - 1]?.[1] ?? -2) + 1);
  return complaints([[ordered, `source ${id}: ranges are not ascending with gaps between them`]]);
}

function checkSourceOrder(sources: SourceRanges[]): string[] {
  const sorted = sources.every((source, i) => i === 0 || isBefore(sources[i - 1] as SourceRanges, source));
  return complaints([[sorted, "sources are not sorted by id, epoch and partition"]]);
}

function isBefore(a: SourceRanges, b: SourceRanges): boolean {
  if (a.id !== b.id) return a.id < b.id;
  return a.epoch !== b.epoch ? a.epoch < b.epoch : a.partition < b.partition;
}

type Check = [holds: boolean, complaint: string];

function complaints(checks: Check[]): string[] {
  return checks.filter(([holds]) => !holds).map(([, complaint]) => complaint);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function at(values: number[], index: number): number {
  return values[index] ?? 0;
}

function same(a: number[], b: number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function isAscending(values: number[]): boolean {
  return values.every((value, i) => i === 0 || value > at(values, i - 1));
}

function followsFirst(value: number, index: number, values: number[]): boolean {
  return value === at(values, 0) + index;
}
