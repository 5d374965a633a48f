/** Converts the content of a detector file to the model; missing values come from the default detector. */
import {
  cellOf,
  cellsPerChamber,
  channelOfCell,
  defaultDetector,
  type ChamberConfig,
  type ChannelConfig,
  type DetectorConfig,
  type MacrocellConfig,
  type ReadoutConfig,
  type TimingSource,
  type TriggerMeaning,
} from "../../../pipeline/model/index.js";
import type { ChamberInFile, DetectorFile } from "../../../pipeline/model/schema/detector-file.js";

export function detectorOf(file: DetectorFile): DetectorConfig {
  const chambers = file.chambers?.map(chamberOf) ?? defaultDetector.chambers;
  const timing = timingOf(file, chambers);
  return {
    chambers,
    readout: readoutOf(file),
    timing,
    coincidences: (file.timing?.coincidences ?? []).map(({ name, sources, "within-ns": withinNs }) => ({
      name,
      sources,
      withinNs,
    })),
    internalChannels: file.readout?.ignore ?? impliedInternal(chambers, timing),
    macrocells: file.macrocells?.map(macrocellOf) ?? impliedMacrocells(chambers),
    driftVelocityUmPerNs: file["drift-velocity-um-per-ns"] ?? defaultDetector.driftVelocityUmPerNs,
    maxSegmentResidualMm: file["segment-residual-mm"] ?? defaultDetector.maxSegmentResidualMm,
    driftTimeAxisNs: file["drift-time-axis-ns"] ?? defaultDetector.driftTimeAxisNs,
  };
}

function chamberOf(chamber: ChamberInFile): ChamberConfig {
  const shift = chamber["shift-mm"];
  const rotation = chamber["rotation-rad"];
  const velocity = chamber["drift-velocity-um-per-ns"];
  return {
    ...(chamber.name === undefined ? {} : { name: chamber.name }),
    ...placesOf(chamber),
    heightMm: chamber["height-mm"],
    ...(shift === undefined ? {} : { shiftMm: { x: shift.x ?? 0, y: shift.y ?? 0 } }),
    ...(rotation === undefined
      ? {}
      : { rotationRad: { x: rotation.x ?? 0, y: rotation.y ?? 0, z: rotation.z ?? 0 } }),
    rotated: chamber.rotated ?? chamber.view === "theta",
    driftOffsetNs: chamber["drift-offset-ns"],
    ...(chamber["layer-offsets-ns"] === undefined ? {} : { layerOffsetsNs: chamber["layer-offsets-ns"] }),
    ...(chamber["cell-offsets-ns"] === undefined ? {} : { cellOffsetsNs: chamber["cell-offsets-ns"] }),
    ...(velocity === undefined ? {} : { driftVelocityUmPerNs: velocity }),
    ...(chamber.masked === undefined ? {} : { masked: chamber.masked.map(cellIn).sort((a, b) => a - b) }),
    ...(chamber.connectors === undefined
      ? {}
      : { connectors: chamber.connectors.map(({ name, cells }) => ({ name, cells: cells.map(cellIn) })) }),
  };
}

const cellIn = ({ layer, wire }: { layer: number; wire: number }): number => cellOf(layer, wire);

/** FPGA and channels that read out a chamber. */
function placesOf(chamber: ChamberInFile): Pick<ChamberConfig, "fpga" | "firstChannel" | "channels"> {
  const { map } = chamber;
  if (map === undefined) return { fpga: chamber.fpga ?? 0, firstChannel: chamber["first-channel"] ?? 0 };
  const channels = Array<ChannelConfig | null>(cellsPerChamber).fill(null);
  for (const { fpga, channel, layer, wire } of map) channels[cellOf(layer, wire)] = { fpga, channel };
  const firstChannel = Math.min(...map.map(({ channel }) => channel));
  return { fpga: mostFrequent(map.map(({ fpga }) => fpga)), firstChannel, channels };
}

function mostFrequent(values: readonly number[]): number {
  const countOf = (value: number): number => values.filter((one) => one === value).length;
  return [...new Set(values)].sort((a, b) => countOf(b) - countOf(a) || a - b)[0] ?? 0;
}

function timingOf(file: DetectorFile, chambers: readonly ChamberConfig[]): readonly TimingSource[] {
  if (file.timing === undefined) {
    const [first] = defaultDetector.timing as [TimingSource];
    return impliedTiming(chambers, file.scintillator ?? { fpga: first.fpga, channel: first.channel });
  }
  const sources = file.timing.sources.map((source): TimingSource => ({
    name: source.name,
    fpga: source.fpga,
    channel: source.channel,
    givesT0: source["gives-t0"] ?? false,
    ...(source["offset-ns"] === undefined ? {} : { offsetNs: source["offset-ns"] }),
    plate:
      source.plate === undefined
        ? null
        : { heightMm: source.plate["height-mm"], sideMm: source.plate["side-mm"] },
  }));
  return [...sources.filter(({ givesT0 }) => givesT0), ...sources.filter(({ givesT0 }) => !givesT0)];
}

/** Timing inputs of a file that names only the scintillator: the default's other inputs are added if their channels are
 * free. */
export function impliedTiming(chambers: readonly ChamberConfig[], place: ChannelConfig): TimingSource[] {
  const [first, ...others] = defaultDetector.timing as [TimingSource, ...TimingSource[]];
  const t0 = { ...first, fpga: place.fpga, channel: place.channel };
  return [t0, ...others.filter((other) => isFree(chambers, [t0], other))];
}

export function impliedInternal(
  chambers: readonly ChamberConfig[],
  timing: readonly TimingSource[],
): ChannelConfig[] {
  return defaultDetector.internalChannels.filter((channel) => isFree(chambers, timing, channel));
}

export function impliedMacrocells(chambers: readonly ChamberConfig[]): MacrocellConfig[] {
  return defaultDetector.macrocells.filter(({ fpga, chamber }) => chambers[chamber]?.fpga === fpga);
}

/** Whether a channel belongs to an FPGA in use and nothing else is connected to the channel. */
function isFree(
  chambers: readonly ChamberConfig[],
  timing: readonly TimingSource[],
  { fpga, channel }: ChannelConfig,
): boolean {
  const cells = chambers.flatMap((chamber) =>
    Array.from({ length: cellsPerChamber }, (_, cell) => channelOfCell(chamber, cell) ?? []).flat(),
  );
  const used = [...cells, ...timing];
  return (
    used.some((one) => one.fpga === fpga) && !used.some((one) => one.fpga === fpga && one.channel === channel)
  );
}

function macrocellOf({
  fpga,
  chamber,
  "shift-mm": shiftMm,
}: NonNullable<DetectorFile["macrocells"]>[number]): MacrocellConfig {
  return { fpga, chamber, shiftMm };
}

function readoutOf({ readout = {} }: DetectorFile): ReadoutConfig {
  const { readout: usual } = defaultDetector;
  return {
    hitHead: readout["hit-head"] ?? usual.hitHead,
    heads: readout.heads === undefined ? usual.heads : meaningsOf(readout.heads),
    channelBase: readout["channel-base"] ?? usual.channelBase,
    tdcBase: readout["tdc-base"] ?? usual.tdcBase,
    tdcPerBx: readout["tdc-per-bx"] ?? usual.tdcPerBx,
    bxNs: readout["bx-ns"] ?? usual.bxNs,
    bxPerOrbit: readout["bx-per-orbit"] ?? usual.bxPerOrbit,
    orbitBits: readout["orbit-bits"] ?? usual.orbitBits,
    idleWords: readout["idle-words"] ?? usual.idleWords,
  };
}

function meaningsOf(heads: Record<string, TriggerMeaning | "ignored">): Record<number, TriggerMeaning> {
  const named = Object.entries(heads).filter(([, meaning]) => meaning !== "ignored");
  return Object.fromEntries(named) as Record<number, TriggerMeaning>;
}
