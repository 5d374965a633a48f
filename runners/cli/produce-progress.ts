/** Progress of a production as text, and its summary. */
import type { Production, ProductionStats, SourceProgress } from "../../producer/index.js";
import { barText, durationText, megabytes, startRunningLine } from "./running-line.js";
import type { CliContext } from "./verb.js";

interface Followed {
  production: Production;
  /** Progress of the source; null if unknown. */
  progress: () => SourceProgress | null;
  /** Number of rows after which the production ends. */
  limit?: number | undefined;
  /** The last line; null for none. Default: the accepted rows and messages. */
  report?: ((stats: ProductionStats) => string | null) | undefined;
}

/** Shows the progress of a production until it ends or Ctrl-C stops it. */
export async function follow(followed: Followed, context: CliContext): Promise<void> {
  const { production } = followed;
  const stop = (): void => void production.stop();
  context.signal.addEventListener("abort", stop, { once: true });
  if (context.signal.aborted) stop();
  const line = startRunningLine({
    stderr: context.stderr,
    text: (width) => progressText(followed, width),
    json: context.log.shows("info") ? () => progressJson(followed) : null,
  });
  try {
    await production.done;
  } finally {
    line.stop();
    context.signal.removeEventListener("abort", stop);
    const report = (followed.report ?? reportText)(production.stats());
    if (report !== null) context.log.print(report);
  }
}

function progressJson(followed: Followed): object {
  const fraction = fractionOf(followed);
  return {
    ...followed.production.stats(),
    fraction: fraction === null ? null : Number(fraction.toFixed(4)),
    eta_s: etaOf(followed),
  };
}

function progressText(followed: Followed, width: number): string {
  const { rows, rateHz, bytes, lagMs, skippedRows } = followed.production.stats();
  const eta = etaOf(followed);
  const facts = [
    `${rows.toLocaleString("en")} rows`,
    `${Math.round(rateHz).toLocaleString("en")} rows/s`,
    megabytes(bytes),
    ...(eta === null ? [] : [`ETA ${durationText(eta)}`]),
    `lag ${(lagMs / 1000).toFixed(1)} s`,
    ...(skippedRows > 0 ? [`${skippedRows.toLocaleString("en")} skipped`] : []),
  ];
  return barText(fractionOf(followed), facts, width);
}

/** Fraction of all rows, 0..1; null if their number is unknown. */
function fractionOf({ production, progress, limit }: Followed): number | null {
  const { rows, resumedRows } = production.stats();
  const ofLimit = limit === undefined ? null : (rows + resumedRows) / limit;
  const { bytes = 0, totalBytes = null } = progress() ?? {};
  const ofBytes = totalBytes === null || totalBytes === 0 ? null : bytes / totalBytes;
  return ofLimit === null || ofBytes === null ? (ofLimit ?? ofBytes) : Math.max(ofLimit, ofBytes);
}

/** Remaining time in s at the mean speed so far; null if unknown. */
function etaOf(followed: Followed): number | null {
  const fraction = fractionOf(followed);
  const { rows, resumedRows, rateHz } = followed.production.stats();
  const done = rows + resumedRows;
  if (fraction === null || fraction <= 0 || rateHz <= 0) return null;
  return Math.round((done / fraction - done) / rateHz);
}

function reportText(stats: ProductionStats): string {
  const { rows, messages, retries, undeliveredRows, resumedRows, skippedRows } = stats;
  const before = resumedRows > 0 ? `, after ${resumedRows} rows of an earlier run` : "";
  const again = retries > 0 ? `, ${retries} sends repeated` : "";
  const behind =
    skippedRows > 0 ? `; the set rate was not reached: ${skippedRows} rows fewer than planned` : "";
  const lost = undeliveredRows > 0 ? `; ${undeliveredRows} rows were read but NOT accepted` : "";
  return `${rows} rows in ${messages} messages accepted${before}${again}${behind}${lost}`;
}
