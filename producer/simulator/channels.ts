/** Which read-out channel is what, as small integers ("slots") that tables can be indexed with. */
import { cellsPerChamber, chamberCount, layerOfCell } from "../../pipeline/model/index.js";
import type { ChannelConfig, DetectorConfig, Faults } from "../../pipeline/model/index.js";

/** Slots 0..255 are the cells, chamber after chamber; these follow. */
export const cellSlots = chamberCount * cellsPerChamber;
/** Slot of the scintillator. */
export const scintillatorSlot = cellSlots;
/** Slot of a channel to which nothing is connected, or at least nothing that the detector map knows. */
export const unmappedSlot = cellSlots + 1;

/** The read-out channel of every slot, shape (258). */
export function channelsOf(detector: DetectorConfig): ChannelConfig[] {
  const cells = detector.chambers.flatMap(({ fpga, firstChannel }) =>
    Array.from({ length: cellsPerChamber }, (_, cell) => ({ fpga, channel: firstChannel + cell })),
  );
  return [...cells, detector.scintillator, unmappedChannelOf(detector)];
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

/** The read-out's own signal; where the map knows none, a channel that it does not use. */
function unmappedChannelOf(detector: DetectorConfig): ChannelConfig {
  const { fpga, channel } = detector.scintillator;
  const internal = detector.internalChannels.find((one) => one.fpga === fpga);
  if (internal !== undefined) return internal;
  const lastChannels = detector.chambers
    .filter((chamber) => chamber.fpga === fpga)
    .map(({ firstChannel }) => firstChannel + cellsPerChamber - 1);
  return { fpga, channel: Math.max(channel, ...lastChannels) + 10 };
}
