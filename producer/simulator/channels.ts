/** Numbers the read-out channels with small integers ("slots"), which serve as indices of tables. */
import {
  cellsPerChamber,
  channelOfCell,
  fpgaCount,
  layerOfCell,
  maskedCells,
  maxChambers,
  t0SourcesOf,
} from "../../pipeline/model/index.js";
import type { ChannelConfig, DetectorConfig, Faults } from "../../pipeline/model/index.js";

/** The first slots are the cells, chamber by chamber, with room for the largest set-up; the slots below follow. */
export const cellSlots = maxChambers * cellsPerChamber;
/** Slot of the timing input that gives t0; without such an input, slot of an unused channel. */
export const scintillatorSlot = cellSlots;
/** Slot of the read-out's own signal; without such a signal in the map, slot of an unused channel. */
export const internalSlot = cellSlots + 1;
/** Slot of the second timing input; without a second input in the map, slot of an unused channel. */
export const otherTimingSlot = cellSlots + 2;
/** Slot of a channel to which nothing is connected. */
export const unmappedSlot = cellSlots + 3;
export const slotCount = cellSlots + 4;

/** The read-out channel of every slot, shape (slotCount). */
export function channelsOf(detector: DetectorConfig): ChannelConfig[] {
  const unmapped = unusedChannelOf(detector, 5);
  const cells = Array.from({ length: cellSlots }, (_, slot) => {
    const chamber = detector.chambers[Math.floor(slot / cellsPerChamber)];
    return (chamber && channelOfCell(chamber, slot % cellsPerChamber)) ?? unmapped;
  });
  const { fpga, channel } = t0SourcesOf(detector)[0] ?? unusedChannelOf(detector, 1);
  const otherTiming = otherTimingOf(detector) ?? unusedChannelOf(detector, 3);
  return [...cells, ...[{ fpga, channel }, internalChannelOf(detector), otherTiming, unmapped]];
}

/** The second timing input. */
export function otherTimingOf({ timing }: DetectorConfig): ChannelConfig | undefined {
  return timing.find(({ givesT0 }) => !givesT0);
}

/** 1 for a cell without hits, because it is masked or not read out. Shape (cellSlots). */
export function silentCellsOf({ chambers }: DetectorConfig): Uint8Array {
  const silent = new Uint8Array(cellSlots);
  chambers.forEach((chamber, i) => {
    for (const cell of maskedCells(chamber)) silent[i * cellsPerChamber + cell] = 1;
  });
  return silent;
}

/** The slot of a read-out channel, {@link unmappedSlot} if the channel is unknown. */
export type SlotOf = (fpga: number, channel: number) => number;

export function slotLookup(detector: DetectorConfig): SlotOf {
  const own = channelsOf(detector).map(({ fpga, channel }, slot): [number, number] => [
    channel * fpgaCount + fpga,
    slot,
  ]);
  const cells = detector.chambers.length * cellsPerChamber;
  const slots = new Map(own.filter(([, slot]) => slot < cells || slot >= cellSlots));
  return (fpga, channel) => slots.get(channel * fpgaCount + fpga) ?? unmappedSlot;
}

/** The FPGAs of the telescope, ascending. */
export function fpgasOf(detector: DetectorConfig): number[] {
  const fpgas = channelsOf(detector).map(({ fpga }) => fpga);
  return [...new Set(fpgas)].sort((a, b) => a - b);
}

/** 1 for the cells of the dead layer, shape (cellSlots). */
export function deadCellsOf(dead: Faults["dead_layer"]): Uint8Array {
  return Uint8Array.from({ length: cellSlots }, (_, slot) => (isInDeadLayer(slot, dead) ? 1 : 0));
}

function isInDeadLayer(slot: number, dead: Faults["dead_layer"]): boolean {
  if (dead === null) return false;
  const chamber = Math.floor(slot / cellsPerChamber);
  return chamber === dead.chamber && layerOfCell(slot % cellsPerChamber) === dead.layer;
}

function internalChannelOf(detector: DetectorConfig): ChannelConfig {
  const { fpga } = placeOfTiming(detector);
  return detector.internalChannels.find((one) => one.fpga === fpga) ?? unusedChannelOf(detector, 10);
}

/** @param distance from the last used channel of the timing input's FPGA */
function unusedChannelOf(detector: DetectorConfig, distance: number): ChannelConfig {
  const { fpga, channel } = placeOfTiming(detector);
  const own = detector.chambers.flatMap((chamber) =>
    Array.from({ length: cellsPerChamber }, (_, cell) => channelOfCell(chamber, cell)),
  );
  const channels = own.flatMap((one) => (one?.fpga === fpga ? [one.channel] : []));
  return { fpga, channel: Math.max(channel, ...channels) + distance };
}

/** The timing input that gives t0; without one, channel 0. */
function placeOfTiming(detector: DetectorConfig): ChannelConfig {
  return t0SourcesOf(detector)[0] ?? { fpga: detector.chambers[0]?.fpga ?? 0, channel: 0 };
}
