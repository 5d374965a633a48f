/** The detector file: what makes another telescope, and the hash by which its messages are known. */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import {
  binsOf,
  cellsPerChamber,
  defaultDetector,
  defaultSystemCBins,
  defaultWindowSeconds,
  maxWindowSeconds,
  minWindowSeconds,
  MuonitorError,
  UsageError,
  type ChannelConfig,
  type DetectorConfig,
  type SystemCBins,
} from "../../pipeline/model/index.js";
import { detectorSchema, type DetectorFile } from "../../pipeline/model/schema/detector-file.js";
import { createChannelMap } from "../../pipeline/steps/index.js";
import type { JsonSchema } from "./config-schema.js";
import { defineOption, wholeNumber } from "./option.js";
import type { CliContext } from "./verb.js";
import { readYamlFile } from "./yaml-file.js";

/** The default detector as a file, to take a copy of. */
export const defaultDetectorFile = join(import.meta.dirname, "..", "detectors", "minidt.yaml");

export const detectorOption = defineOption({
  flags: "--detector <file>",
  description:
    "YAML or JSON file with channels, offsets, heights, drift-time bins and window of another telescope",
  defaultText: "the MiniDT telescope, as muonitor config detector prints it",
});

export const windowOption = defineOption({
  flags: "--window <seconds>",
  description: `length of a window in s, ${minWindowSeconds} to ${maxWindowSeconds}`,
  parse: wholeNumber(minWindowSeconds, maxWindowSeconds),
  defaultText: `${defaultWindowSeconds}, or what the detector file says`,
});

/** For verbs whose messages go to a topic. */
export const systemCOption = defineOption({
  flags: "--system-c",
  description: "adds to each message the histograms of the earlier system C, for muonitor results",
  default: false,
});

/** For verbs that look for segments. */
export const noMuonsOption = defineOption({
  flags: "--no-muons",
  description: "leave segments, timing, read-out and trigger words out of the messages: faster and smaller",
});

/** What of the command line makes windows. */
export interface DetectorOptions {
  /** False with --no-muons. */
  muons?: string | boolean;
  detector?: string;
  /** Length of a window, s. */
  window?: number;
  /** Adds the form of system C to the messages. */
  systemC?: string | boolean;
}

export interface ChosenDetector {
  detector: DetectorConfig;
  windowMs: number;
  /** Whether messages have the keys of segments, timing, read-out and trigger words. */
  muons: boolean;
}

/** @throws UsageError that names file, line and key */
export function chooseDetector(options: DetectorOptions, { folder }: CliContext): ChosenDetector {
  const path = options.detector === undefined ? null : resolve(folder, options.detector);
  const file = path === null ? {} : readDetectorFile(path);
  const windowMs = (options.window ?? file["window-seconds"] ?? defaultWindowSeconds) * 1000;
  const detector = withHash(detectorOf(file), windowMs);
  const isAsked = options.systemC !== undefined && options.systemC !== false;
  const muons = options.muons !== false;
  return { detector: isAsked ? { ...detector, systemC: systemCBinsOf(file) } : detector, windowMs, muons };
}

/**
 * Whether a file is meant as a detector file: it has a key that only such files have.
 * @param others the JSON Schema of the other files that it could be
 */
export function isDetectorFile(path: string, others: JsonSchema): boolean {
  const keysOf = ({ properties }: JsonSchema): string[] => Object.keys(properties ?? {});
  const own = keysOf(detectorSchema).filter((key) => !keysOf(others).includes(key));
  const { value } = readYamlFile(path, "configuration file", {});
  return typeof value === "object" && value !== null && own.some((key) => key in value);
}

/** @throws UsageError that names file, line and key */
export function checkDetectorFile(path: string): void {
  readDetectorFile(path);
}

function readDetectorFile(path: string): DetectorFile {
  const { value, lineOf } = readYamlFile(path, "detector file", detectorSchema);
  const file = (value ?? {}) as DetectorFile;
  const axis = file["drift-time-axis-ns"];
  if (axis !== undefined && !(axis.lower < axis.upper)) {
    const line = lineOf(["drift-time-axis-ns", "upper"]);
    throw new UsageError(`${path}:${line}: upper: must be above lower ${axis.lower}, not ${axis.upper}`);
  }
  checkSystemC(file, path, lineOf);
  try {
    createChannelMap(detectorOf(file));
  } catch (error) {
    if (!(error instanceof MuonitorError)) throw error;
    const line = lineOf([file.chambers === undefined ? "scintillator" : "chambers"]);
    throw new UsageError(`${path}:${line}: ${error.message.replace(/^detector: /, "")}`);
  }
  return file;
}

function systemCBinsOf({ "system-c": bins }: DetectorFile): SystemCBins {
  if (bins === undefined) return defaultSystemCBins;
  return { channels: bins.channels, orbits: bins.orbits, driftTimeNs: bins["drift-time-ns"] };
}

/** Bins of one chamber that a message has room for. */
const maxSystemCBins = 1000;

function checkSystemC(
  { "system-c": bins }: DetectorFile,
  path: string,
  lineOf: (keys: string[]) => number,
): void {
  for (const [name, axis] of Object.entries(bins ?? {})) {
    const place = `${path}:${lineOf(["system-c", name])}: ${name}`;
    if (!(axis.lower < axis.upper)) throw new UsageError(`${place}: upper must be above lower`);
    if (binsOf(axis) > maxSystemCBins) throw new UsageError(`${place}: more than ${maxSystemCBins} bins`);
  }
}

function detectorOf(file: DetectorFile): DetectorConfig {
  const chambers = file.chambers?.map((chamber) => ({
    fpga: chamber.fpga,
    firstChannel: chamber["first-channel"],
    heightMm: chamber["height-mm"],
    rotated: chamber.rotated,
    driftOffsetNs: chamber["drift-offset-ns"],
    ...(chamber["layer-offsets-ns"] === undefined ? {} : { layerOffsetsNs: chamber["layer-offsets-ns"] }),
    ...(chamber["cell-offsets-ns"] === undefined ? {} : { cellOffsetsNs: chamber["cell-offsets-ns"] }),
  }));
  const { otherTiming, internalChannels, timingPlate, macrocells } = defaultDetector;
  const map = {
    chambers: chambers ?? defaultDetector.chambers,
    scintillator: file.scintillator ?? defaultDetector.scintillator,
  };
  const fpgas = new Set([...map.chambers, map.scintillator].map(({ fpga }) => fpga));
  const isFree = (channel: ChannelConfig): boolean => fpgas.has(channel.fpga) && !isMapped(map, channel);
  return {
    ...map,
    otherTiming: otherTiming.filter(isFree),
    internalChannels: internalChannels.filter(isFree),
    timingPlate,
    macrocells,
    driftVelocityUmPerNs: file["drift-velocity-um-per-ns"] ?? defaultDetector.driftVelocityUmPerNs,
    maxSegmentResidualMm: file["segment-residual-mm"] ?? defaultDetector.maxSegmentResidualMm,
    driftTimeAxisNs: file["drift-time-axis-ns"] ?? defaultDetector.driftTimeAxisNs,
  };
}

function isMapped(
  { chambers, scintillator }: Pick<DetectorConfig, "chambers" | "scintillator">,
  { fpga, channel }: ChannelConfig,
): boolean {
  const isOfChamber = chambers.some(
    (chamber) =>
      chamber.fpga === fpga &&
      channel >= chamber.firstChannel &&
      channel < chamber.firstChannel + cellsPerChamber,
  );
  return isOfChamber || (scintillator.fpga === fpga && scintillator.channel === channel);
}

/** The part of a detector that a file can say, which alone makes the hash: an old file keeps the hash that it had. */
function fileContent({
  chambers,
  scintillator,
  driftVelocityUmPerNs,
  driftTimeAxisNs,
  maxSegmentResidualMm,
}: DetectorConfig): Partial<DetectorConfig> {
  const old = { chambers, scintillator, driftVelocityUmPerNs, driftTimeAxisNs };
  return maxSegmentResidualMm === defaultDetector.maxSegmentResidualMm
    ? old
    : { ...old, maxSegmentResidualMm };
}

/** The default detector has no hash: its messages are as they always were. */
function withHash(detector: DetectorConfig, windowMs: number): DetectorConfig {
  const content = fileContent(detector);
  if (canonical(content) === canonical(fileContent(defaultDetector))) return detector;
  const text = canonical({ detector: content, windowMs });
  return { ...detector, configHash: createHash("sha256").update(text).digest("hex").slice(0, 16) };
}

/** JSON with sorted keys: the same content always gives the same text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
