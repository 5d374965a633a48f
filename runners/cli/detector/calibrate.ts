/** `detector calibrate`: measures offsets and drift velocity from window messages and writes a detector file. */
import { addWindow, emptySum } from "../../../dashboard/bridge/monitor/sums.js";
import {
  driftVelocityOf,
  MuonitorError,
  type DetectorConfig,
  type SegmentCounts,
  type WindowMessage,
  type WindowSum,
} from "../../../pipeline/model/index.js";
import {
  calibrate,
  type Calibration,
  type ChamberCalibration,
} from "../../../pipeline/steps/calibration/calibrate.js";
import type { Measured } from "../../../pipeline/steps/calibration/histogram.js";
import { chooseDetector, defaultDetectorFile, detectorOption } from "../detector-file.js";
import { takeAll } from "../judging.js";
import { defineOptions, type ValuesOf } from "../option.js";
import { openOutput } from "../output.js";
import { planOutputs, type OutputTarget } from "../output-plan.js";
import { table } from "../table.js";
import { defineVerb, type CliContext } from "../verb.js";
import { calibratedFile } from "./calibrated-file.js";
import { detectorPath } from "./presets.js";

const calibrateOptions = defineOptions([
  {
    flags: "--input <path>",
    description: "file of window messages of good data, as process writes it (.gz too), or -",
    required: true,
  },
  { ...detectorOption, description: "detector file with which the windows were made" },
  {
    flags: "--output <path>",
    description: "detector file to write, or - for standard output",
    default: "-",
  },
]);
type CalibrateOptions = ValuesOf<typeof calibrateOptions>;

export const calibrateVerb = defineVerb({
  name: "detector calibrate",
  summary: "propose offsets and drift velocity from window messages",
  description: `Measures the offset of each chamber and layer and the drift velocity from the segments of window messages, prints
old and new values with their errors, and writes a copy of the detector file with the new values.
If offsets change by more than 20 ns or the velocity by more than 2 %, process the rows again with the new file and
calibrate again. A few minutes of good data are enough.`,
  options: calibrateOptions,
  examples: [
    "muonitor detector calibrate --input run12.jsonl --output mine.yaml",
    "muonitor detector calibrate --input run13.jsonl --detector mine.yaml --output better.yaml",
  ],
  run: runCalibrate,
});

async function runCalibrate(options: CalibrateOptions, context: CliContext): Promise<number> {
  const { input, detector: file, output } = options;
  const read = [input, file].filter((path) => path !== undefined);
  const [target] = await planOutputs([{ option: "--output", path: output }], read, context);
  const { counts, windows } = await sumWindows(input, file, context);
  const { detector } = chooseDetector(file === undefined ? {} : { detector: file }, context);
  const result = calibrate(counts, detector);
  report(result, detector, context);
  const origin = `Offsets and drift velocity by muonitor detector calibrate: ${windows} windows of ${input}`;
  const path = file === undefined ? defaultDetectorFile : detectorPath(file, context.folder);
  const text = calibratedFile(path, result, origin);
  const out = await openOutput(target as OutputTarget, context);
  await out.write(text);
  await out.close();
  return 0;
}

/** Adds up all windows; each must have been made with this detector. */
async function sumWindows(
  input: string,
  file: string | undefined,
  context: CliContext,
): Promise<{ counts: SegmentCounts[]; windows: number }> {
  let sum: WindowSum | null = null;
  let checked: string | null = null;
  await takeAll(
    input,
    (message) => {
      const setUp = `${message.config_hash ?? "default"} ${message.window.end_ms - message.window.start_ms}`;
      if (setUp !== checked) checkSetUp(message, file, context);
      checked = setUp;
      addWindow((sum ??= emptySum(message)), message);
    },
    context,
  );
  // The compiler ignores the assignment in the callback.
  const found = sum as WindowSum | null;
  if (found === null) throw new MuonitorError(`${input}: contains no window`);
  if (found.segment_chamber === undefined)
    throw new MuonitorError(`${input}: windows contain no segments (made with --no-muons?)`);
  return { counts: Object.values(found.segment_chamber), windows: found.windows };
}

function checkSetUp(
  { config_hash, window }: WindowMessage,
  file: string | undefined,
  context: CliContext,
): void {
  const seconds = (window.end_ms - window.start_ms) / 1000;
  const { detector } = chooseDetector(
    { ...(file !== undefined && { detector: file }), window: seconds },
    context,
  );
  if (config_hash === detector.configHash) return;
  throw new MuonitorError(
    `the windows were made with set-up ${config_hash ?? "default"}, not with ${file ?? "the default detector"} (${detector.configHash ?? "default"}): name the right detector file with --detector`,
  );
}

const farNs = 20;
const farPart = 0.02;

function report(result: Calibration, detector: DetectorConfig, { log }: CliContext): void {
  const { driftVelocityUmPerNs: velocity, chambers } = result;
  const head = ["chamber", "segments", "drift-offset-ns", "change", "layer-offsets-ns", "mean timer"];
  const rows = chambers.map((one, chamber) => rowOf(one, chamber));
  for (const line of table([head, ...rows])
    .trimEnd()
    .split("\n"))
    log.print(line);
  const velocities = [
    ...(velocity === null ? [] : [{ where: "drift velocity", velocity, old: detector.driftVelocityUmPerNs }]),
    ...chambers.flatMap(({ driftVelocityUmPerNs: own }, chamber) =>
      own === undefined
        ? []
        : [
            {
              where: `drift velocity of chamber ${chamber}`,
              velocity: own,
              old: driftVelocityOf(detector, chamber),
            },
          ],
    ),
  ];
  for (const one of velocities) log.print(`${one.where} ${text(one.velocity, 2)} um/ns, was ${one.old}`);
  const isFar =
    velocities.some((one) => Math.abs(one.velocity.value / one.old - 1) > farPart) ||
    chambers.some(({ change }) =>
      [change.driftOffsetNs, ...change.layerOffsetsNs].some((ns) => Math.abs(ns) > farNs),
    );
  if (isFar) log.warn("large changes: process the rows again with the new file and calibrate again");
  const inconsistent = chambers.flatMap(({ meanTimerRest: rest }, chamber) =>
    rest !== null && Math.abs(rest.value) > 6 + 3 * rest.sigma ? [chamber] : [],
  );
  for (const chamber of inconsistent)
    log.warn(
      `chamber ${chamber}: the mean-timer sums disagree with the new values: check its cabling and timing signals`,
    );
}

function rowOf(one: ChamberCalibration, chamber: number): string[] {
  const { segments, driftOffsetNs, layerOffsetsNs, change, meanTimerRest } = one;
  const signed = `${change.driftOffsetNs < 0 ? "" : "+"}${change.driftOffsetNs.toFixed(1)}`;
  return [
    String(chamber),
    String(segments),
    text(driftOffsetNs, 1),
    signed,
    layerOffsetsNs.map((offset) => text(offset, 1)).join(", "),
    meanTimerRest === null ? "-" : text(meanTimerRest, 1),
  ];
}

const text = ({ value, sigma }: Measured, digits: number): string =>
  `${value.toFixed(digits)} ± ${Math.max(sigma, 10 ** -digits).toFixed(digits)}`;
