/** `fetch`: downloads a data set from a bucket to a folder. */
import { stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { InterruptedError, UsageError } from "../../pipeline/model/index.js";
import {
  downloadPrefix,
  openStore,
  parseS3Address,
  type DownloadProgress,
  type DownloadReport,
} from "../../producer/index.js";
import { barText, durationText, megabytes, startRunningLine } from "./running-line.js";
import { s3Access, s3Options } from "./s3-options.js";
import { defineOptions, wholeNumber, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

const maxParallel = 32;

const fetchOptions = defineOptions([
  {
    flags: "--input <s3://bucket/prefix>",
    description: "bucket and key prefix of the objects",
    required: true,
  },
  {
    flags: "--output <folder>",
    description: "folder for the files; created if missing",
    default: "data",
  },
  {
    flags: "--parallel <count>",
    description: `parallel downloads, 1 to ${maxParallel}`,
    parse: wholeNumber(1, maxParallel),
    default: 4,
  },
  ...s3Options,
]);
type FetchOptions = ValuesOf<typeof fetchOptions>;

export const fetchVerb = defineVerb({
  name: "fetch",
  summary: "download a data set from a bucket",
  description: `Downloads every object under a prefix of a bucket into a folder, several at a time. A file appears when it is complete and its
size and ETag (the MD5 of the content or of its parts) match; it has the modification time of its object. The same command resumes
after an interruption, keeps existing files and fetches changed ones again; if an ETag is not a checksum, size
and time are compared.

Credentials come from the usual AWS chain (environment, ~/.aws, the machine's role), a profile, or a JSON file, as
CloudVeneto provides it.`,
  options: fetchOptions,
  examples: [
    "muonitor fetch --input s3://minidt/run12/ --output run12 --s3-credentials keys.json",
    "muonitor fetch --input s3://minidt/data_0000 --s3-endpoint https://s3.example.org --s3-anonymous",
  ],
  run: fetchPrefix,
});

async function fetchPrefix(options: FetchOptions, context: CliContext): Promise<number> {
  const { stderr, signal } = context;
  const address = parseS3Address(options.input);
  const folder = resolve(context.folder, options.output);
  if ((await stat(folder).catch(() => null))?.isDirectory() === false)
    throw new UsageError(`--output ${options.output} is a file: name a folder`);
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  let progress: DownloadProgress | null = null;
  const store = await openStore(s3Access(options, context));
  const line = startRunningLine({
    stderr,
    text: (width) => progressText(progress, seconds(), width),
    json: context.log.shows("info")
      ? () => ({ ...countsOf(progress), seconds: Math.round(seconds()) })
      : null,
  });
  try {
    const report = await downloadPrefix({
      store,
      address,
      folder,
      parallel: options.parallel,
      signal,
      onProgress: (now) => (progress = now),
      log: context.log.warn,
    });
    line.stop();
    for (const { message } of report.failed) context.log.error(message);
    context.log.print(reportText(report, relative(context.folder, folder) || ".", seconds()));
    return report.failed.length === 0 ? 0 : 1;
  } catch (error) {
    if (signal.aborted) throw new InterruptedError(undefined, "run the same command to resume");
    throw error;
  } finally {
    line.stop();
    store.close();
  }
}

function countsOf(progress: DownloadProgress | null): Partial<DownloadProgress> {
  if (progress === null) return {};
  const { objects, totalObjects, bytes, totalBytes, fetchedBytes } = progress;
  return { objects, totalObjects, bytes, totalBytes, fetchedBytes };
}

function progressText(progress: DownloadProgress | null, seconds: number, width: number): string {
  if (progress === null) return "listing objects";
  const { objects, totalObjects, bytes, totalBytes, fetchedBytes } = progress;
  const bytesPerSecond = fetchedBytes / seconds;
  const left = bytesPerSecond > 0 ? durationText((totalBytes - bytes) / bytesPerSecond) : "-";
  const facts = [
    `${objects} of ${totalObjects} objects`,
    `${megabytes(bytes)} of ${megabytes(totalBytes)}`,
    `${megabytes(bytesPerSecond)}/s`,
    `ETA ${left}`,
  ];
  return barText(totalBytes === 0 ? 1 : bytes / totalBytes, facts, width);
}

function reportText(report: DownloadReport, folder: string, seconds: number): string {
  const { objects, kept, bytes, sizeOnly, failed } = report;
  const fetched = objects - kept;
  const start = `${objects} ${objects === 1 ? "object" : "objects"}, ${megabytes(bytes)}, in ${folder}`;
  const unsure =
    sizeOnly.length === 0 ? "" : `, ${sizeOnly.length} by size only: their ETags are not checksums`;
  const missing = failed.length === 0 ? "" : `, ${failed.length} not fetched`;
  return `${start}: ${fetched} fetched, ${kept} already present${missing}; ${seconds.toFixed(1)} s; checked by size and ETag${unsure}`;
}
