/** The set-up for judging messages. */
import {
  clockOf,
  defaultDetector,
  maskedCells,
  t0Source,
  t0SourcesOf,
  type DetectorConfig,
  type WindowMessage,
} from "../../../pipeline/model/index.js";

/** The parts of a detector that the rules on hit counts need. */
export interface SetUp {
  detector: DetectorConfig;
  /** Numbers of the chambers. */
  chambers: readonly number[];
  /** FPGA of each chamber. */
  fpgas: readonly number[];
  /** Masked cells of each chamber, which are not judged. */
  masked: readonly number[][];
  /** Channels of the read-out itself and of further timing inputs. */
  ownChannels: number;
  hasTiming: boolean;
  /** FPGAs that read the sources of t0. */
  timingFpgas: readonly number[];
  orbitNs: number;
}

export function setUpOf(detector: DetectorConfig): SetUp {
  const { chambers, timing, internalChannels } = detector;
  const sources = t0SourcesOf(detector);
  const t0Sources = sources.length;
  return {
    detector,
    chambers: chambers.map((_, chamber) => chamber),
    fpgas: chambers.map(({ fpga }) => fpga),
    masked: chambers.map(maskedCells),
    ownChannels: timing.length - t0Sources + internalChannels.length,
    hasTiming: t0Sources > 0,
    timingFpgas: sources.map(({ fpga }) => fpga),
    orbitNs: clockOf(detector).orbitNs,
  };
}

/** Whether a message has as many chambers as the detector. */
export function fitsDetector({ chambers }: DetectorConfig, { hit_count_chamber }: WindowMessage): boolean {
  return chambers.length === hit_count_chamber.length;
}

/** A detector for messages of an unknown set-up: numbers of the messages, without positions and views. */
export function unknownDetector(message: WindowMessage): DetectorConfig {
  const sources = Object.entries(message.timing ?? {});
  return {
    ...defaultDetector,
    name: message.detector ?? "unknown",
    chambers: message.hit_count_chamber.map((_, chamber) => ({
      fpga: chamber,
      firstChannel: message.tdc_counts_chamber[String(chamber)]?.bin_edges[0] ?? 0,
      heightMm: chamber,
      rotated: false,
      driftOffsetNs: 0,
    })),
    timing: sources.map(([name, { gives_t0 }], channel) => ({
      name,
      fpga: 0,
      channel: 128 + channel,
      givesT0: name === t0Source || gives_t0 === true,
      plate: null,
    })),
    coincidences: [],
    internalChannels: [],
    macrocells: [],
  };
}
