/** CPU time of all steps for eight chambers over that for four, of the same muons: twice the hits may cost twice the time. */
import {
  defaultDetector,
  type ChamberConfig,
  type DetectorConfig,
  type Ledger,
} from "../../../pipeline/model/index.js";
import {
  BundleAccumulator,
  bytesInMemory,
  defaultPipelineConfig,
  mergePartials,
  PartialCursor,
  summarise,
} from "../../../pipeline/steps/index.js";
import { Simulator } from "../../../producer/index.js";
import { checkLedger, type KnownRows } from "./known-rows.js";
import type { Figure } from "./report.js";

/** The default telescope, and beside it the same once more on further FPGAs. */
const eightChambers: DetectorConfig = {
  ...defaultDetector,
  name: "eight",
  configHash: "0123456789abcdef",
  chambers: [...defaultDetector.chambers, ...defaultDetector.chambers.map(onOtherFpga)],
};

function onOtherFpga(chamber: ChamberConfig): ChamberConfig {
  return { ...chamber, fpga: chamber.fpga + 2, heightMm: chamber.heightMm + 100 };
}

function rowsOf(detector: DetectorConfig, rows: number, rateHz: number): KnownRows {
  const simulator = new Simulator({ seed: 1, rateHz, detector });
  const blocks: Uint8Array[] = [];
  for (let left = rows; left > 0;) {
    const block = simulator.next(Math.min(5000, left));
    blocks.push(block.bytes);
    left -= block.rows;
  }
  return { bytes: Buffer.concat(blocks), ledger: simulator.truth().ledger };
}

/** From rows to the JSON of the message; s of CPU. */
function secondsOf(detector: DetectorConfig, { bytes, ledger }: KnownRows): number {
  const config = { ...defaultPipelineConfig, time: "detector" as const, format: "csv" as const, detector };
  const started = process.cpuUsage();
  const accumulator = new BundleAccumulator(config);
  accumulator.add(0, null, bytes);
  const total: Ledger = { rows: 0, malformed: 0, head_rejected: 0, unmapped: 0, scintillator: 0, hits: 0 };
  const chambers: number[] = detector.chambers.map(() => 0);
  for (const { bytes: partial } of accumulator.finish()) {
    const merged = mergePartials([new PartialCursor(bytesInMemory(partial))], detector);
    const window = { start_ms: 0, end_ms: 5000, time: "detector" as const };
    const message = summarise(merged, { window, detector, partial: false, revision: 0, emittedMs: 0 });
    if (JSON.stringify(message).length > 200_000) throw new Error("wrong answer: a message is too long");
    for (const key of ["rows", "malformed", "head_rejected", "unmapped", "scintillator", "hits"] as const)
      total[key] += message.ledger[key];
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
  const four = rowsOf(defaultDetector, rows, rateHz);
  const eight = rowsOf(eightChambers, 2 * rows, 2 * rateHz);
  let [ofFour, ofEight] = [Infinity, Infinity];
  for (let run = 0; run < runs; run += 1) {
    ofFour = Math.min(ofFour, secondsOf(defaultDetector, four));
    ofEight = Math.min(ofEight, secondsOf(eightChambers, eight));
  }
  return {
    name: "eight chambers over four, twice the rows in the same time",
    value: ofEight / ofFour,
    unit: "",
    aim: 2,
    better: "less",
  };
}
