/** Which read-out channel is what, as small integers ("slots") that tables can be indexed with. */
import { cellsPerChamber, chamberCount, fpgaCount, layerOfCell } from "../../pipeline/model/index.js";
import type { ChannelConfig, DetectorConfig, Faults } from "../../pipeline/model/index.js";

/** Slots 0..255 are the cells, chamber after chamber; these follow. */
export const cellSlots = chamberCount * cellsPerChamber;
/** Slot of the scintillator. */
export const scintillatorSlot = cellSlots;
/** Slot of the read-out's own signal, or, where the map knows none, of a channel that it does not use. */
export const internalSlot = cellSlots + 1;
/** Slot of the second timing input, or, where the map knows none, of a channel that it does not use. */
export const otherTimingSlot = cellSlots + 2;
/** Slot of a channel to which nothing is connected. */
export const unmappedSlot = cellSlots + 3;
export const slotCount = cellSlots + 4;

/** The read-out channel of every slot, shape (slotCount). */
export function channelsOf(detector: DetectorConfig): ChannelConfig[] {
  const cells = detector.chambers.flatMap(({ fpga, firstChannel }) =>
    Array.from({ length: cellsPerChamber }, (_, cell) => ({ fpga, channel: firstChannel + cell })),
  );
  const otherTiming = detector.otherTiming[0] ?? unusedChannelOf(detector, 3);
  return [
    ...cells,
    ...[detector.scintillator, internalChannelOf(detector), otherTiming, unusedChannelOf(detector, 5)],
  ];
}

/** The slot of a read-out channel, {@link unmappedSlot} where it is not known. */
export type SlotOf = (fpga: number, channel: number) => number;

export function slotLookup(detector: DetectorConfig): SlotOf {
  const slots = new Map(
    channelsOf(detector).map(({ fpga, channel }, slot) => [channel * fpgaCount + fpga, slot]),
  );
  return (fpga, channel) => slots.get(channel * fpgaCount + fpga) ?? unmappedSlot;
}

/** The FPGAs of the telescope, ascending. */
export function fpgasOf(detector: DetectorConfig): number[] {
  const fpgas = channelsOf(detector).map(({ fpga }) => fpga);
  return [...new Set(fpgas)].sort((a, b) => a - b);
}

/** For every cell 1 where it lies in the dead layer, shape (256). */
export function deadCellsOf(dead: Faults["dead_layer"]): Uint8Array {
  return Uint8Array.from({ length: cellSlots }, (_, slot) => (isInDeadLayer(slot, dead) ? 1 : 0));
}

function isInDeadLayer(slot: number, dead: Faults["dead_layer"]): boolean {
  if (dead === null) return false;
  const chamber = Math.floor(slot / cellsPerChamber);
  return chamber === dead.chamber && layerOfCell(slot % cellsPerChamber) === dead.layer;
}

function internalChannelOf(detector: DetectorConfig): ChannelConfig {
  const { fpga } = detector.scintillator;
  return detector.internalChannels.find((one) => one.fpga === fpga) ?? unusedChannelOf(detector, 10);
}

/** @param distance from the last used channel of the scintillator's FPGA */
function unusedChannelOf(detector: DetectorConfig, distance: number): ChannelConfig {
  const { fpga, channel } = detector.scintillator;
  const lastChannels = detector.chambers
    .filter((chamber) => chamber.fpga === fpga)
    .map(({ firstChannel }) => firstChannel + cellsPerChamber - 1);
  return { fpga, channel: Math.max(channel, ...lastChannels) + distance };
}
