/** Downloads the objects under a prefix of a bucket into a folder: in parallel, resumable, checked. */
import { dirname, join } from "node:path";
import { InputError, UnavailableError } from "../../pipeline/model/index.js";
import { s3Url, type S3Address } from "./address.js";
import { downloadObject, type Checked } from "./download-object.js";
import { makeFolder } from "./local-file.js";
import type { S3Object, S3Store } from "./store.js";

interface DownloadOptions {
  store: S3Store;
  address: S3Address;
  /** Created if it does not exist. Objects are stored under their names without the folders of the prefix. */
  folder: string;
  /** Number of parallel downloads; default 4. */
  parallel?: number;
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
  /** Called for each retry after a broken connection, and for each file that is downloaded again. */
  log?: (line: string) => void;
}

export interface DownloadProgress {
  /** Number of complete objects, and of all objects. */
  objects: number;
  totalObjects: number;
  /** Bytes in the folder, and in all objects. */
  bytes: number;
  totalBytes: number;
  /** Bytes received over the network in this run. */
  fetchedBytes: number;
}

export interface DownloadReport extends DownloadProgress {
  /** Paths of the files, in the order of their keys. */
  files: string[];
  /** Errors of objects that could not be downloaded; all other objects were. */
  failed: InputError[];
  /** Number of objects that were already complete in the folder. */
  kept: number;
  /** Files of which only the size was verified, because their ETag is not a checksum. */
  sizeOnly: string[];
}

const defaultParallel = 4;

/**
 * Existing files that match their object are kept; an incomplete one is resumed.
 * @throws InputError, UnavailableError, UsageError for errors that stop the whole download; completed files are kept
 */
export async function downloadPrefix(options: DownloadOptions): Promise<DownloadReport> {
  const { store, address, folder, parallel = defaultParallel, onProgress = () => undefined } = options;
  const { jobs, refused } = await listJobs(options);
  const report: DownloadReport = {
    objects: 0,
    totalObjects: jobs.length,
    bytes: 0,
    totalBytes: jobs.reduce((sum, { object }) => sum + object.size, 0),
    fetchedBytes: 0,
    files: [],
    failed: refused,
    kept: 0,
    sizeOnly: [],
  };
  if (jobs.length + refused.length === 0)
    throw new InputError(s3Url(address.bucket, address.prefix), "no object has this name or prefix");
  await makeFolder(folder);
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, ...(options.signal ? [options.signal] : [])]);
  const queue = jobs.values();
  const work = async (): Promise<void> => {
    for (const job of queue) {
      const { object, path } = job;
      signal.throwIfAborted();
      const checked = await downloadObject({
        store,
        object,
        path,
        signal,
        log: options.log ?? (() => undefined),
        onBytes: (bytes, fetched) => {
          report.bytes += bytes;
          report.fetchedBytes += fetched ? bytes : 0;
          onProgress(report);
        },
      }).catch((error: unknown) => fail(report, object, error));
      if (checked === null) continue;
      job.path = checked.path;
      job.isDone = true;
      count(report, checked);
      onProgress(report);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallel, jobs.length) }, work));
  } finally {
    // The first fatal error ends the other downloads, whose partial files are resumed next time.
    ended.abort();
  }
  report.files = jobs.filter(({ isDone }) => isDone).map(({ path }) => path);
  return report;
}

interface Job {
  object: S3Object;
  path: string;
  isDone: boolean;
}

/** Separates objects that can be files from objects that cannot. */
async function listJobs({
  store,
  address,
  folder,
  signal,
}: DownloadOptions): Promise<{ jobs: Job[]; refused: InputError[] }> {
  const jobs: Job[] = [];
  const refused: InputError[] = [];
  const folders = new Set<string>();
  for await (const object of store.list(address, signal)) {
    try {
      const path = join(folder, nameOf(object, address.prefix));
      jobs.push({ object, path, isDone: false });
      for (let above = dirname(path); above.length > folder.length; above = dirname(above))
        folders.add(above);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.push(error);
    }
  }
  const isFolder = ({ path }: Job): boolean => folders.has(path);
  refused.push(
    ...jobs
      .filter(isFolder)
      .map(({ object }) => new InputError(urlOf(object), "other objects use its name as a folder")),
  );
  return { jobs: jobs.filter((job) => !isFolder(job)), refused };
}

const urlOf = ({ bucket, key }: S3Object): string => s3Url(bucket, key);

/** Records the error of a single object; throws an error that concerns all objects. */
function fail(report: DownloadReport, object: S3Object, error: unknown): null {
  if (!(error instanceof InputError) || error.cause instanceof UnavailableError) throw error;
  const name = urlOf(object);
  report.failed.push(error.input === name ? error : new InputError(name, error.message, error));
  return null;
}

/** File name of an object in the folder. @throws InputError for a name outside the folder */
export function nameOf({ bucket, key }: S3Object, prefix: string): string {
  const name = key.slice(prefix.lastIndexOf("/") + 1);
  const parts = name.split("/");
  if (parts.some((part) => ["", ".", ".."].includes(part)) || /[\0\\]/.test(name))
    throw new InputError(s3Url(bucket, key), "its name is not a valid file name");
  return join(...parts);
}

function count(report: DownloadReport, checked: Checked): void {
  report.objects += 1;
  if (checked.kept) report.kept += 1;
  if (checked.verdict === "unknown") report.sizeOnly.push(checked.path);
}
