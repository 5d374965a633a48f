/** Effects of the active detector faults on the signals, as tables. */
import {
  cellOf,
  cellsPerChamber,
  cellsPerLayer,
  fpgaCount,
  headCount,
  layerOfCell,
  layersPerChamber,
  maxChambers,
  wireOfCell,
} from "../../pipeline/model/index.js";
import type { AnyDetectorFault, DetectorFaultKind } from "../../pipeline/model/index.js";
import { scintillatorSlot, slotCount } from "./channels.js";
import type { PresentFault } from "./fault-schedule.js";

const layerCount = maxChambers * layersPerChamber;
const channelsPerCable = 16;
const tdcMask = 31;
const bxMask = 0xfff;

export class Effects {
  /** Probability that a signal is kept, shape (slotCount). */
  readonly kept = new Float64Array(slotCount).fill(1);
  /** Added to the time of a signal, ns, shape (slotCount). */
  readonly shiftNs = new Float64Array(slotCount);
  /** The slot of the channel in which a signal is read out, shape (slotCount). */
  readonly wiring = Uint16Array.from({ length: slotCount }, (_, slot) => slot);
  /** Extra hits per hit, somewhere in the layer; by chamber * 4 + layer - 1. */
  readonly layerExtra = new Float64Array(layerCount);
  /** Extra hits per hit, somewhere in the chamber. */
  readonly chamberExtra = new Float64Array(maxChambers);
  /** Probability that the hits of a muon in the chamber are kept. */
  readonly segmentsKept = new Float64Array(maxChambers).fill(1);
  /** Additional probability of an after-pulse. */
  readonly afterPulses = new Float64Array(maxChambers);
  /** Drift velocity divided by the normal one. */
  readonly driftSpeed = new Float64Array(maxChambers).fill(1);
  /** Factor on the rate of events. */
  rate = 1;
  /** Fraction of the time without read-out. */
  deadTime = 0;
  isNoiseOnly = false;
  /** The FPGA that reads out the signals of each FPGA of the map. */
  readonly fpgas = Uint8Array.from({ length: fpgaCount }, (_, fpga) => fpga);
  /** Probability that a row of the FPGA is kept. */
  readonly rowsKept = new Float64Array(fpgaCount).fill(1);
  readonly bxOffset = new Float64Array(fpgaCount);
  readonly bxAnd = new Uint16Array(fpgaCount).fill(0xffff);
  readonly bxOr = new Uint16Array(fpgaCount);
  readonly bxHigh = new Float64Array(fpgaCount);
  readonly tdcAnd = new Uint8Array(fpgaCount).fill(0xff);
  readonly tdcOr = new Uint8Array(fpgaCount);
  readonly orbitOffset = new Float64Array(fpgaCount);
  /** Value at which the counter is stuck, in orbits since the start; NaN for a running counter. */
  readonly orbitStuckAt = new Float64Array(fpgaCount).fill(NaN);
  /** Orbits since the start at which the counter was 0; NaN for a counter that was not reset. */
  readonly orbitResetAt = new Float64Array(fpgaCount).fill(NaN);
  timingExtra = 0;
  timingOrbit = 0;
  timingDouble = 0;
  unmapped = 0;
  /** Additional words per word, by HEAD. */
  readonly wordExtra = new Float64Array(headCount);
  /** 1 if the FPGA sends no words. */
  readonly wordsLost = new Uint8Array(fpgaCount);
  /** Rates of hot cells, Hz, shape (slotCount). */
  readonly hotHz = new Float64Array(slotCount);
}

/** @param fpgas FPGAs of the telescope, ascending */
export function effectsOf(present: readonly PresentFault[], fpgas: readonly number[]): Effects | null {
  if (present.length === 0) return null;
  const effects = new Effects();
  for (const { fault, strength, sinceOrbits } of present)
    makers[fault.kind](effects, fault, { strength, sinceOrbits, fpgas });
  return effects;
}

interface Facts {
  strength: number;
  sinceOrbits: number;
  /** FPGAs of the telescope, ascending. */
  fpgas: readonly number[];
}

type Maker = (effects: Effects, fault: AnyDetectorFault, facts: Facts) => void;

const loss: Maker = ({ kept }, fault, { strength }) => scale(kept, slotsOf(fault), strength);
const shift: Maker = ({ shiftNs }, fault, { strength }) => add(shiftNs, slotsOf(fault), strength);
const exchange: Maker = ({ wiring }, fault) => rewire(wiring, fault);

/** Effect of each kind of fault on the tables. */
const makers: Record<DetectorFaultKind, Maker> = {
  chamber_loss: loss,
  layer_loss: loss,
  cells_loss: loss,
  cell_loss: loss,
  fpga_loss: ({ rowsKept }, fault, { strength, fpgas }) => scale(rowsKept, boardsOf(fault, fpgas), strength),
  segment_loss: ({ segmentsKept }, fault, { strength }) => scale(segmentsKept, chambersOf(fault), strength),
  rate: (effects, _, { strength }) => (effects.rate *= strength),
  dead_time: (effects, _, { strength }) => (effects.deadTime = Math.max(effects.deadTime, strength)),
  t0_all: shift,
  t0_chamber: shift,
  t0_layer: shift,
  bx_offset: ({ bxOffset }, fault, { strength, fpgas }) => add(bxOffset, boardsOf(fault, fpgas), strength),
  drift_velocity: ({ driftSpeed }, fault, { strength }) =>
    scale(driftSpeed, chambersOf(fault), 1 + strength / 100),
  layers_exchanged: exchange,
  cables_exchanged: exchange,
  chamber_mirrored: exchange,
  chambers_exchanged: exchange,
  fpgas_exchanged: (effects, _, { fpgas }) =>
    fpgas.forEach((fpga, i) => (effects.fpgas[fpga] = fpgas[fpgas.length - 1 - i] as number)),
  layer_noise: ({ layerExtra }, { chamber = 0, layer = 1 }, { strength }) =>
    add(layerExtra, [chamber * layersPerChamber + layer - 1], strength - 1),
  chamber_noise: ({ chamberExtra }, fault, { strength }) =>
    add(chamberExtra, chambersOf(fault), strength - 1),
  after_pulses: ({ afterPulses }, fault, { strength }) => add(afterPulses, chambersOf(fault), strength),
  hot_cell: ({ hotHz }, fault, { strength }) => add(hotHz, slotsOf(fault), strength),
  noise_only: (effects) => (effects.isNoiseOnly = true),
  tdc_stuck: ({ tdcAnd, tdcOr }, { fpga = 0 }, { strength }) => stick(tdcAnd, tdcOr, fpga, tdcMask, strength),
  tdc_bit: ({ tdcAnd, tdcOr }, { fpga = 0, tdc_bit: bit = 0 }, { strength }) =>
    stick(tdcAnd, tdcOr, fpga, 1 << bit, strength << bit),
  bx_stuck: ({ bxAnd, bxOr }, { fpga = 0 }, { strength }) => stick(bxAnd, bxOr, fpga, bxMask, strength),
  bx_bit: ({ bxAnd, bxOr }, { fpga = 0, bx_bit: bit = 0 }, { strength }) =>
    stick(bxAnd, bxOr, fpga, 1 << bit, strength << bit),
  bx_high: ({ bxHigh }, { fpga = 0 }, { strength }) => (bxHigh[fpga] = strength),
  orbit_offset: ({ orbitOffset }, fault, { strength, fpgas }) =>
    add(orbitOffset, boardsOf(fault, fpgas), strength),
  orbit_stuck: ({ orbitStuckAt }, fault, { sinceOrbits, fpgas }) =>
    boardsOf(fault, fpgas).forEach((fpga) => (orbitStuckAt[fpga] = sinceOrbits)),
  orbit_reset: ({ orbitResetAt }, { fpga = 0 }, { sinceOrbits }) => (orbitResetAt[fpga] = sinceOrbits),
  orbit_jump: ({ orbitOffset }, fault, { strength, fpgas }) =>
    add(orbitOffset, boardsOf(fault, fpgas), strength),
  timing_loss: ({ kept }, _, { strength }) => scale(kept, timingSlots, strength),
  timing_noise: (effects, _, { strength }) => (effects.timingExtra += strength - 1),
  timing_orbit: (effects, _, { strength }) => (effects.timingOrbit += strength),
  timing_double: (effects, _, { strength }) =>
    (effects.timingDouble = Math.max(effects.timingDouble, strength)),
  word_rate: ({ wordExtra }, { head = 0 }, { strength }) => add(wordExtra, [head], strength - 1),
  no_words: ({ wordsLost }) => wordsLost.fill(1),
  words_lost: ({ wordsLost }, { fpga = 0 }) => (wordsLost[fpga] = 1),
  unmapped: (effects, _, { strength }) => (effects.unmapped = Math.max(effects.unmapped, strength)),
};

const timingSlots = [scintillatorSlot];
const allChambers = Array.from({ length: maxChambers }, (_, chamber) => chamber);

/** The chambers that a fault affects: its own chamber, or all. */
const chambersOf = ({ chamber }: AnyDetectorFault): readonly number[] =>
  chamber === undefined ? allChambers : [chamber];

const boardsOf = ({ fpga }: AnyDetectorFault, fpgas: readonly number[]): readonly number[] =>
  fpga === undefined ? fpgas : [fpga];

function scale(table: Float64Array, places: readonly number[], factor: number): void {
  for (const at of places) table[at] = (table[at] as number) * factor;
}

function add(table: Float64Array, places: readonly number[], more: number): void {
  for (const at of places) table[at] = (table[at] as number) + more;
}

/** Sets the bits of a mask to those of a value. */
function stick(
  and: Uint8Array | Uint16Array,
  or: Uint8Array | Uint16Array,
  fpga: number,
  mask: number,
  value: number,
): void {
  and[fpga] = (and[fpga] as number) & ~mask;
  or[fpga] = (or[fpga] as number) | (value & mask);
}

/** The cells that a fault affects. */
function slotsOf({ chamber, layer, cell, first_wire: first }: AnyDetectorFault): number[] {
  const isAffected = (slot: number): boolean => {
    const ofChamber = slot % cellsPerChamber;
    if (chamber !== undefined && Math.floor(slot / cellsPerChamber) !== chamber) return false;
    if (layer !== undefined && layerOfCell(ofChamber) !== layer) return false;
    const wire = wireOfCell(ofChamber);
    if (first !== undefined && (wire < first || wire >= first + 4)) return false;
    return cell === undefined || ofChamber === cell;
  };
  return Array.from({ length: maxChambers * cellsPerChamber }, (_, slot) => slot).filter(isAffected);
}

/** Swaps the signals of two groups of cells, on top of earlier swaps. */
function rewire(wiring: Uint16Array, fault: AnyDetectorFault): void {
  const before = wiring.slice();
  const [here, there] = exchanged(fault);
  here.forEach((slot, i) => {
    const other = there[i] as number;
    wiring[slot] = before[other] as number;
    wiring[other] = before[slot] as number;
  });
}

function exchanged(fault: AnyDetectorFault): [number[], number[]] {
  const { chamber = 0, other_chamber: otherChamber = 0 } = fault;
  const first = chamber * cellsPerChamber;
  const other = otherChamber * cellsPerChamber;
  const range = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);
  switch (fault.kind) {
    case "layers_exchanged": {
      const ofLayer = (layer = 1): number[] =>
        range(0, cellsPerLayer).map((wire) => first + cellOf(layer, wire));
      return [ofLayer(fault.layer), ofLayer(fault.other_layer)];
    }
    case "chamber_mirrored": {
      const half = range(0, cellsPerChamber / 2);
      const mirrored = (cell: number): number =>
        cellOf(layerOfCell(cell), cellsPerLayer - 1 - wireOfCell(cell));
      return [half.map((cell) => first + cell), half.map((cell) => first + mirrored(cell))];
    }
    case "cables_exchanged":
      return [
        range(first + (fault.cable ?? 0) * channelsPerCable, channelsPerCable),
        range(other + (fault.other_cable ?? 0) * channelsPerCable, channelsPerCable),
      ];
    default:
      return [range(first, cellsPerChamber), range(other, cellsPerChamber)];
  }
}
