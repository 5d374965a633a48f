/**
 * The telescope: the cell of each read-out channel, the positions of the cells, and the constants of the drift time.
 *
 * Sources: the MiniDT detector paper and the course sheet of the Legnaro telescope, as quoted by the four earlier
 * monitoring systems (2022-2023). All values are defaults of {@link DetectorConfig} and can be configured.
 */

import type { SystemCBins } from "./system-c.js";
import { bunchCrossingNs, bunchCrossingsPerOrbit, tdcPerBunchCrossing } from "./timing.js";

/** Cells (wires) of one chamber. */
export const cellsPerChamber = 64;
/** Layers of one chamber, counted 1 (lowest) to 4. */
export const layersPerChamber = 4;
/** Cells of one layer. */
export const cellsPerLayer = cellsPerChamber / layersPerChamber;
/** Largest number of chambers of a set-up; messages, partial results and the store have room for as many. */
export const maxChambers = 8;
/** The default HEAD of a TDC measurement; cleansing drops rows with any other HEAD. */
export const hitHead = 2;

/** Width of a drift cell; the wire is in its middle. */
export const cellWidthMm = 42;
/** Height of a drift cell, equal to the distance between two layers. */
export const cellHeightMm = 13;
/** Outer length of the sides of a chamber. */
export const chamberSideMm = 700;

/** Speed of the electrons in the gas. */
export const driftVelocityUmPerNs = 53.8;
/** Longest physical drift time: half a cell at the drift velocity. */
export const maxDriftTimeNs = ((cellWidthMm / 2) * 1000) / driftVelocityUmPerNs;

/** The read-out channels and the position of one chamber. */
export interface ChamberConfig {
  /** Name for people; its number where absent. */
  name?: string;
  /** FPGA number in the raw rows; with a list map, the FPGA of most cells. */
  fpga: number;
  /** TDC_CHANNEL of the chamber's cell 0; its 64 channels are consecutive. With a list map, the lowest channel. */
  firstChannel: number;
  /** The channel of each cell, shape (64), null where a cell has none; absent where the channels are consecutive. */
  channels?: readonly (ChannelConfig | null)[];
  /** Height of the chamber's centre above the reference plane. */
  heightMm: number;
  /** Position of the chamber's centre in the plane; 0, 0 where absent. */
  shiftMm?: { x: number; y: number };
  /** Small rotations in rad, about the wires (y), the direction across them (x) and the vertical (z); 0 where absent. */
  rotationRad?: { x: number; y: number; z: number };
  /** Whether the chamber is turned by 90 degrees about the vertical, so that its wires measure the other view. */
  rotated: boolean;
  /** Added to the time since the timing signal to give the drift time. */
  driftOffsetNs: number;
  /** Added to the times of hits before segments are reconstructed, by layer 1..4, shape (4); 0 where absent. */
  layerOffsetsNs?: readonly number[];
  /** The same by cell 0..63, in addition to the layer's offset; 0 where absent. */
  cellOffsetsNs?: Readonly<Record<number, number>>;
  /** Speed of the electrons in this chamber; that of the set-up where absent. */
  driftVelocityUmPerNs?: number;
  /** Cells that are switched off on purpose: neither dead nor judged. */
  masked?: readonly number[];
  /** Cells that share a connector. */
  connectors?: readonly ConnectorConfig[];
}

interface ConnectorConfig {
  name: string;
  cells: readonly number[];
}

/** One read-out channel. */
export interface ChannelConfig {
  fpga: number;
  channel: number;
}

/** The axis of a histogram of equal bins. */
export interface AxisConfig {
  lower: number;
  upper: number;
  bins: number;
}

/** A horizontal scintillator plate that gives the timing signals; its centre is on the axis of the telescope. */
export interface PlateConfig {
  heightMm: number;
  /** Length of its sides. */
  sideMm: number;
}

/** A timing input. */
export interface TimingSource extends ChannelConfig {
  name: string;
  /** Whether its signals give t0; rows of other sources count as unmapped. */
  givesT0: boolean;
  /** Added to the time since its signal, in addition to the chamber's offset; 0 where absent. */
  offsetNs?: number;
  /** Null if it has no plate or the position of the plate is not known. */
  plate: PlateConfig | null;
}

/** Sources that fire together. */
interface CoincidenceConfig {
  name: string;
  /** Names of timing sources. */
  sources: readonly string[];
  withinNs: number;
}

/** The cells that an FPGA's trigger words refer to. */
export interface MacrocellConfig {
  fpga: number;
  chamber: number;
  /** Added to the local x of a trigger word to give x in the chamber. */
  shiftMm: number;
}

/** Possible contents of the trigger words with one HEAD. */
export const triggerMeanings = ["t0", "sides", "pattern", "tan-psi", "local-x"] as const;
export type TriggerMeaning = (typeof triggerMeanings)[number];

/** Identifies a row without data. */
export interface IdleWord {
  channel: number;
  bx: number;
  tdc: number;
}

/** The numbers in the rows and the clock behind them. */
export interface ReadoutConfig {
  /** HEAD of TDC measurements. */
  hitHead: number;
  /** By HEAD: the content of its rows. Rows of other HEADs are only counted. */
  heads: Readonly<Record<number, TriggerMeaning>>;
  /** Offset of the rows: the configuration's channel is TDC_CHANNEL minus this. */
  channelBase: number;
  /** TDC_MEAS of the first count of a bunch crossing. */
  tdcBase: number;
  tdcPerBx: number;
  /** Length of a bunch crossing. */
  bxNs: number;
  bxPerOrbit: number;
  /** Bits of the board's orbit counter; rows hold 32 bits, unwrapped by the layout. */
  orbitBits: number;
  /** Rows without data that have the HEAD of hits; they count as unmapped. */
  idleWords: readonly IdleWord[];
}

/** All that is specific to one telescope. */
export interface DetectorConfig {
  /** Name of the set-up in messages; absent for {@link defaultDetector}. */
  name?: string;
  /** 1 to {@link maxChambers} chambers, in the order of the messages. */
  chambers: readonly ChamberConfig[];
  readout: ReadoutConfig;
  /** Timing inputs; the inputs that give t0 are first. */
  timing: readonly TimingSource[];
  coincidences: readonly CoincidenceConfig[];
  /** Signals of the read-out itself and channels to ignore. Their rows count as unmapped. */
  internalChannels: readonly ChannelConfig[];
  macrocells: readonly MacrocellConfig[];
  /** Speed of the electrons in the gas. */
  driftVelocityUmPerNs: number;
  /** Maximum RMS of the residuals of a four-hit segment. */
  maxSegmentResidualMm: number;
  /** Axis of the drift-time histograms, in ns. */
  driftTimeAxisNs: AxisConfig;
  /** Identifies the set-up in its messages, 16 hexadecimal digits; absent for {@link defaultDetector}. */
  configHash?: string;
  /** Bins of the earlier system C; when given, messages also contain the form of that system. */
  systemC?: SystemCBins;
}

/** Assumed: as large as a chamber, between chambers 1 and 2. */
const defaultPlate: PlateConfig = { heightMm: 1032, sideMm: chamberSideMm };

export const defaultDetector: DetectorConfig = {
  chambers: [
    { fpga: 0, firstChannel: 0, heightMm: 219.8, rotated: false, driftOffsetNs: 93.9 },
    { fpga: 0, firstChannel: 64, heightMm: 977.3, rotated: true, driftOffsetNs: 101.4 },
    { fpga: 1, firstChannel: 0, heightMm: 1035.6, rotated: false, driftOffsetNs: 95.5 },
    { fpga: 1, firstChannel: 64, heightMm: 1819.8, rotated: false, driftOffsetNs: 92.4 },
  ],
  readout: {
    hitHead,
    heads: { 0: "t0", 1: "sides", 3: "pattern", 4: "tan-psi", 5: "local-x" },
    channelBase: 0,
    tdcBase: 1,
    tdcPerBx: tdcPerBunchCrossing,
    bxNs: bunchCrossingNs,
    bxPerOrbit: bunchCrossingsPerOrbit,
    orbitBits: 32,
    idleWords: [],
  },
  // The run files of 2021 name (1, 129) as an input of a second scintillator and (1, 138) as the trigger of the read-out.
  timing: [
    { name: "scintillator", fpga: 1, channel: 128, givesT0: true, plate: defaultPlate },
    { name: "fpga1-129", fpga: 1, channel: 129, givesT0: false, plate: defaultPlate },
  ],
  coincidences: [],
  internalChannels: [{ fpga: 1, channel: 138 }],
  // Column 0 of a macrocell is wire 9; found in measured rows of 2021, where words and hits of an orbit agree.
  macrocells: [
    { fpga: 0, chamber: 0, shiftMm: 126 },
    { fpga: 1, chamber: 2, shiftMm: 126 },
  ],
  driftVelocityUmPerNs,
  maxSegmentResidualMm: 1.5,
  driftTimeAxisNs: { lower: 0, upper: 1000, bins: 100 },
};

/**
 * Layer (1 = lowest .. 4) of a cell 0..63: consecutive channels of a chamber cycle through the layers 4, 2, 3, 1.
 * @throws RangeError outside 0..63
 */
export function layerOfCell(cell: number): number {
  checkCell(cell);
  return [4, 2, 3, 1][cell % 4] as number;
}

/**
 * Position 0..15 of a cell 0..63 within its layer, the wire number.
 * @throws RangeError outside 0..63
 */
export function wireOfCell(cell: number): number {
  checkCell(cell);
  return Math.floor(cell / 4);
}

/** The cell 0..63 of a layer 1..4 and wire 0..15: the inverse of {@link layerOfCell} and {@link wireOfCell}. */
export function cellOf(layer: number, wire: number): number {
  const remainder = [4, 2, 3, 1].indexOf(layer);
  if (remainder < 0 || !(wire >= 0 && wire < cellsPerLayer)) {
    throw new RangeError(`no cell at layer ${layer}, wire ${wire}`);
  }
  return wire * 4 + remainder;
}

/** Position of wire 0 across the wires, from the centre of the chamber, by layer 1..4. */
const firstWireMm = [-294, -315, -294, -315] as const;
/** The outermost cell walls of a chamber, from its centre. */
export const leftWallMm = -336;
export const rightWallMm = leftWallMm + (cellsPerLayer + 0.5) * cellWidthMm;

/**
 * Position of a cell's wire in its chamber, in mm from the centre of the chamber: `x` across the wires, `z` upwards.
 * Layers 1 and 3 are half a cell to the right of layers 2 and 4. Source: straight tracks in measured rows of 2021; the
 * run files of the Legnaro telescope have the same numbers.
 */
export function wirePositionMm(cell: number): { x: number; z: number } {
  const layer = layerOfCell(cell);
  return {
    x: (firstWireMm[layer - 1] as number) + wireOfCell(cell) * cellWidthMm,
    z: (layer - (layersPerChamber + 1) / 2) * cellHeightMm,
  };
}

/** The read-out channel of a cell; null where it has none. */
export function channelOfCell(chamber: ChamberConfig, cell: number): ChannelConfig | null {
  if (chamber.channels !== undefined) return chamber.channels[cell] ?? null;
  return { fpga: chamber.fpga, channel: chamber.firstChannel + cell };
}

/** FPGA of every cell, shape (64); for a cell without a channel, the FPGA of the chamber. */
export function fpgasOfCells(chamber: ChamberConfig): number[] {
  return allCells.map((cell) => channelOfCell(chamber, cell)?.fpga ?? chamber.fpga);
}

/** TDC_CHANNEL of every cell, shape (64); a cell without a channel has a number that no channel has. */
export function channelNumbers(chamber: ChamberConfig): number[] {
  return allCells.map((cell) => channelOfCell(chamber, cell)?.channel ?? noChannel + cell);
}

/** Cells that are not judged: masked ones and those without a channel. */
export function maskedCells(chamber: ChamberConfig): number[] {
  const { masked } = chamber;
  if (masked === undefined && chamber.channels === undefined) return [];
  return allCells.filter((cell) => masked?.includes(cell) === true || channelOfCell(chamber, cell) === null);
}

/** Name of a chamber for people: its number if it has no name. */
export function chamberName({ chambers }: Pick<DetectorConfig, "chambers">, chamber: number): string {
  return chambers[chamber]?.name ?? String(chamber);
}

/** Drift velocity in a chamber, um/ns. */
export function driftVelocityOf(detector: DetectorConfig, chamber: number): number {
  return detector.chambers[chamber]?.driftVelocityUmPerNs ?? detector.driftVelocityUmPerNs;
}

/** Timing inputs that give t0. */
export function t0SourcesOf({ timing }: Pick<DetectorConfig, "timing">): TimingSource[] {
  return timing.filter(({ givesT0 }) => givesT0);
}

/** All FPGAs with at least one channel, ascending. */
export function fpgasOf({ chambers, timing }: DetectorConfig): number[] {
  const all = [...chambers.flatMap(fpgasOfCells), ...timing.map(({ fpga }) => fpga)];
  return [...new Set(all)].sort((a, b) => a - b);
}

/** Sum of the offsets of layer and cell, ns, by cell; shape (64). */
export function timeOffsetsNs({ layerOffsetsNs, cellOffsetsNs }: ChamberConfig): Float64Array {
  return Float64Array.from(
    { length: cellsPerChamber },
    (_, cell) => (layerOffsetsNs?.[layerOfCell(cell) - 1] ?? 0) + (cellOffsetsNs?.[cell] ?? 0),
  );
}

const allCells = Array.from({ length: cellsPerChamber }, (_, cell) => cell);
/** Cells without a channel get numbers from here on, above the channels of a read-out word. */
export const noChannel = 512;

function checkCell(cell: number): void {
  if (!Number.isInteger(cell) || cell < 0 || cell >= cellsPerChamber) {
    throw new RangeError(`cell ${cell} is not in 0..${cellsPerChamber - 1}`);
  }
}
