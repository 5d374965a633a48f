/** Speed of the pure steps on one core: decode, accumulate, finish, merge. */
import { defaultDetector } from "../../../pipeline/model/index.js";
import {
  BundleAccumulator,
  bytesInMemory,
  createShardResult,
  decodeMessage,
  defaultPipelineConfig,
  mergePartials,
  mergeShardResult,
  PartialCursor,
  RowWriter,
} from "../../../pipeline/steps/index.js";
import { checkLedger, type KnownRows } from "./known-rows.js";
import { best, type Figure } from "./report.js";

const config = { ...defaultPipelineConfig, time: "detector" as const, format: "csv" as const };

/** Rows/s of decoding alone. */
export function decodeFigure(input: KnownRows, runs = 5): Figure {
  const rowsPerS = best(runs, () => {
    let rows = 0;
    const writer = new RowWriter((batch) => (rows += batch.length));
    const started = performance.now();
    decodeMessage(input.bytes, 0, input.bytes.length, writer);
    writer.flush();
    const seconds = (performance.now() - started) / 1000;
    if (rows !== input.ledger.rows) throw new Error(`wrong answer: ${rows} rows`);
    return rows / seconds;
  });
  return { name: "decode, one core", value: rowsPerS, unit: "rows/s", aim: 10e6, better: "more" };
}

/** Rows/s of decoding, cleansing and accumulating; with sorting, merging and checking outside the time. */
export function accumulateFigure(input: KnownRows, runs = 5): Figure {
  const rowsPerS = best(runs, () => {
    const accumulator = new BundleAccumulator(config);
    const started = performance.now();
    accumulator.add(0, null, input.bytes);
    const seconds = (performance.now() - started) / 1000;
    checkAnswer(accumulator, input);
    return input.ledger.rows / seconds;
  });
  return {
    name: "decode + accumulate, one core",
    value: rowsPerS,
    unit: "rows/s",
    aim: 10e6,
    better: "more",
  };
}

/** Rows/s of everything that one core does for a window: decode, accumulate, sort, merge with segments. */
export function allStepsFigure(input: KnownRows, runs = 5): Figure {
  const rowsPerS = best(runs, () => {
    const accumulator = new BundleAccumulator(config);
    const started = performance.now();
    accumulator.add(0, null, input.bytes);
    checkAnswer(accumulator, input);
    return input.ledger.rows / ((performance.now() - started) / 1000);
  });
  return {
    name: "decode + accumulate + sort + merge, one core",
    value: rowsPerS,
    unit: "rows/s",
    aim: 2e6,
    better: "more",
  };
}

function checkAnswer(accumulator: BundleAccumulator, input: KnownRows): void {
  const total = createShardResult(defaultDetector.driftTimeAxisNs);
  for (const { bytes } of accumulator.finish()) {
    mergeShardResult(total, mergePartials([new PartialCursor(bytesInMemory(bytes))], defaultDetector));
  }
  checkLedger(total.header.ledger, input.ledger);
}
