/** CPU time of all steps for eight chambers relative to four, for the same muons: twice the hits may take twice the time. */
import {
  createLedger,
  defaultDetector,
  maxMessageBytes,
  mergeLedger,
  type ChamberConfig,
  type DetectorConfig,
} from "../../../pipeline/model/index.js";
import {
  BundleAccumulator,
  bytesInMemory,
  defaultPipelineConfig,
  mergePartials,
  PartialCursor,
  summarise,
} from "../../../pipeline/steps/index.js";
import { checkLedger, knownRows, type KnownRows } from "./known-rows.js";
import type { Figure } from "./report.js";

/** The default telescope and a copy of it on additional FPGAs. */
const eightChambers: DetectorConfig = {
  ...defaultDetector,
  name: "eight",
  configHash: "0123456789abcdef",
  chambers: [...defaultDetector.chambers, ...defaultDetector.chambers.map(onOtherFpga)],
};

function onOtherFpga(chamber: ChamberConfig): ChamberConfig {
  return { ...chamber, fpga: chamber.fpga + 2, heightMm: chamber.heightMm + 100 };
}

/** CPU time from rows to the JSON of the message, s. */
function secondsOf(detector: DetectorConfig, { bytes, ledger }: KnownRows): number {
  const config = { ...defaultPipelineConfig, time: "detector" as const, format: "csv" as const, detector };
  const started = process.cpuUsage();
  const accumulator = new BundleAccumulator(config);
  accumulator.add(0, null, bytes);
  const total = createLedger();
  const chambers: number[] = detector.chambers.map(() => 0);
  for (const { bytes: partial } of accumulator.finish()) {
    const merged = mergePartials([new PartialCursor(bytesInMemory(partial))], detector);
    const window = { start_ms: 0, end_ms: 5000, time: "detector" as const };
    const message = summarise(merged, { window, detector, partial: false, revision: 0, emittedMs: 0 });
    if (JSON.stringify(message).length > maxMessageBytes)
      throw new Error("wrong answer: a message is too long");
    mergeLedger(total, message.ledger);
    message.hit_count_chamber.forEach((hits, i) => (chambers[i] = (chambers[i] ?? 0) + hits));
  }
  const { user, system } = process.cpuUsage(started);
  checkLedger(total, ledger);
  if (chambers.some((hits) => hits === 0) || chambers.reduce((sum, hits) => sum + hits, 0) !== ledger.hits)
    throw new Error(`wrong answer: ${chambers.join(", ")} hits of the chambers`);
  return (user + system) / 1e6;
}

/** Best of alternating runs. @param rows of the four chambers; the eight have twice as many in the same time */
export function chamberCostFigure(rows: number, rateHz: number, runs = 5): Figure {
  const four = knownRows(rows, rateHz);
  const eight = knownRows(2 * rows, 2 * rateHz, eightChambers);
  let [ofFour, ofEight] = [Infinity, Infinity];
  for (let run = 0; run < runs; run += 1) {
    ofFour = Math.min(ofFour, secondsOf(defaultDetector, four));
    ofEight = Math.min(ofEight, secondsOf(eightChambers, eight));
  }
  return {
    name: "eight chambers over four, twice the rows in the same time",
    value: ofEight / ofFour,
    unit: "",
    target: 2,
    better: "less",
  };
}
