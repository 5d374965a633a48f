/** CPU time of the pure steps: decode, accumulate, finish, merge. */
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
  summarise,
} from "../../../pipeline/steps/index.js";
import { checkLedger, type KnownRows } from "./known-rows.js";
import { best, type Figure } from "./report.js";

const config = { ...defaultPipelineConfig, time: "detector" as const, format: "csv" as const };

/** Starts a timer of CPU time, s, on which other load has little effect. */
function startClock(): () => number {
  const started = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1e6;
  };
}

/** Rows/s of decoding alone. */
export function decodeFigure(input: KnownRows, runs = 5): Figure {
  const rowsPerS = best(runs, () => {
    let rows = 0;
    const writer = new RowWriter((batch) => (rows += batch.length));
    const clock = startClock();
    decodeMessage(input.bytes, 0, input.bytes.length, writer);
    writer.flush();
    const seconds = clock();
    if (rows !== input.ledger.rows) throw new Error(`wrong answer: ${rows} rows`);
    return rows / seconds;
  });
  return { name: "decode, one core", value: rowsPerS, unit: "rows/s", target: 10e6, better: "more" };
}

/** Rows/s of decoding, cleansing and accumulating; sorting, merging and checking are not timed. */
export function accumulateFigure(input: KnownRows, runs = 5): Figure {
  const rowsPerS = best(runs, () => {
    const accumulator = new BundleAccumulator(config);
    const clock = startClock();
    accumulator.add(0, null, input.bytes);
    const seconds = clock();
    checkAnswer(accumulator, input);
    return input.ledger.rows / seconds;
  });
  return {
    name: "decode + accumulate, one core",
    value: rowsPerS,
    unit: "rows/s",
    target: 10e6,
    better: "more",
  };
}

/** Speed of decoding and accumulating with segments relative to without: best of alternating runs. */
export function muonShareFigure(input: KnownRows, runs = 7): Figure {
  const best = new Map<boolean, number>();
  for (let run = 0; run < runs; run += 1)
    for (const muons of run % 2 === 0 ? [true, false] : [false, true]) {
      const accumulator = new BundleAccumulator({ ...config, muons });
      const clock = startClock();
      accumulator.add(0, null, input.bytes);
      const seconds = clock();
      checkAnswer(accumulator, input, muons);
      best.set(muons, Math.min(best.get(muons) ?? Infinity, seconds));
    }
  return {
    name: "decode + accumulate, speed with / without segments",
    value: (best.get(false) as number) / (best.get(true) as number),
    unit: "",
    target: 0.7,
    better: "more",
  };
}

/** Rows/s of all work for a window on one core: decode, accumulate, sort, merge with segments. */
export function allStepsFigure(input: KnownRows, runs = 5): Figure {
  const rowsPerS = best(runs, () => {
    const accumulator = new BundleAccumulator(config);
    const clock = startClock();
    accumulator.add(0, null, input.bytes);
    checkAnswer(accumulator, input);
    return input.ledger.rows / clock();
  });
  return {
    name: "decode + accumulate + sort + merge, one core",
    value: rowsPerS,
    unit: "rows/s",
    target: 4e6,
    better: "more",
  };
}

/**
 * Checks the ledger and, with segments, that each hit is counted once: in a segment, ambiguous segment or shower, or as
 * noise.
 */
function checkAnswer(accumulator: BundleAccumulator, input: KnownRows, muons = true): void {
  const total = createShardResult(defaultDetector);
  for (const { bytes } of accumulator.finish()) {
    const cursor = new PartialCursor(bytesInMemory(bytes));
    mergeShardResult(total, mergePartials([cursor], defaultDetector, { muons }));
  }
  checkLedger(total.header.ledger, input.ledger);
  if (!muons) return;
  const window = { start_ms: 0, end_ms: 5000, time: "detector" as const };
  const facts = { window, detector: defaultDetector, partial: false, revision: 0, emittedMs: 0 };
  const { segment_chamber: segments, noise_chamber: noise } = summarise(total, facts);
  const all = Object.values(segments ?? {});
  const used = all.reduce((sum, { hits_used }) => sum + hits_used, 0);
  const others = Object.values(noise ?? {}).reduce((sum, { hits }) => sum + hits, 0);
  const showers = all.reduce((sum, chamber) => sum + chamber.showers, 0);
  const left = input.ledger.hits - used - others;
  if (used === 0 || (showers === 0 ? left !== 0 : left < 0))
    throw new Error(`wrong answer: ${left} hits in ${showers} showers`);
}
