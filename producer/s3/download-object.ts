/** Downloads one object to one file, which appears only when it is complete and verified. */
import { createWriteStream } from "node:fs";
import { realpath, rename, rm, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InputError } from "../../pipeline/model/index.js";
import { isGzipName } from "../../pipeline/steps/index.js";
import { s3Url } from "./address.js";
import { compareWithEtag, compareWithParts, partsOf, type Verdict } from "./etag.js";
import { cannotWrite, makeFolder, partPath, removeOldParts, stateOf } from "./local-file.js";
import { isGzipEncoding, readObject } from "./object-stream.js";
import type { S3Object, S3Store } from "./store.js";

interface ObjectDownload {
  store: S3Store;
  object: S3Object;
  path: string;
  signal: AbortSignal;
  log: (line: string) => void;
  /** Called with the change in bytes of the file, negative if bytes are discarded; `fetched` if they were just received. */
  onBytes: (bytes: number, fetched: boolean) => void;
}

export interface Checked {
  /** The file; its name ends in `.gz` if the content is gzip. */
  path: string;
  /** Whether the file was already complete. */
  kept: boolean;
  verdict: Exclude<Verdict, "different">;
}

/** @throws InputError if the content fails the ETag check twice */
export async function downloadObject(download: ObjectDownload): Promise<Checked> {
  const { object, onBytes, log } = download;
  // Follows a symbolic link.
  const path = await realpath(download.path).catch(() => download.path);
  await makeFolder(dirname(path));
  await removeOldParts(path, object);
  for (const file of isGzipName(path) ? [path] : [path, `${path}.gz`]) {
    const there = await stateOf(file);
    if (there?.size !== object.size) continue;
    const verdict = await judge(download, file);
    if (verdict === "same" || (verdict === "unknown" && isOfTime(there.modifiedMs, object))) {
      onBytes(object.size, false);
      return { path: file, kept: true, verdict };
    }
    const found = verdict === "different" ? "differs from the object" : "may differ from the object";
    log(`${file} ${found}: fetching it again`);
  }
  const checked = (await fetchOnce(download, path)) ?? (await fetchOnce(download, path));
  if (checked === null)
    throw new InputError(s3Url(object.bucket, object.key), "two downloads did not match its ETag");
  return checked;
}

/** @returns null if the download was wrong and has been deleted */
async function fetchOnce(download: ObjectDownload, path: string): Promise<Checked | null> {
  const { store, object, signal, onBytes, log } = download;
  const part = partPath(path, object);
  const isGzip = await fetchRest(download, part);
  const verdict = await judge(download, part);
  if (verdict === "different") {
    log(`${s3Url(object.bucket, object.key)}: the download does not match its ETag`);
    await rm(part, { force: true });
    onBytes(-object.size, false);
    return null;
  }
  const { modifiedMs } = object;
  if (modifiedMs !== null) await utimes(part, new Date(), new Date(modifiedMs)).catch(() => undefined);
  const encoded = isGzip ?? isGzipEncoding(object, (await store.head(object, signal)).encoding);
  const file = encoded && !isGzipName(path) ? `${path}.gz` : path;
  await rename(part, file).catch((error: unknown) => cannotWrite(file, error));
  return { path: file, kept: false, verdict };
}

/** Times of files and of lists may be truncated to seconds. */
const timesDifferMs = 1000;
/** System calls of a Node write stream. */
const diskCalls = new Set(["open", "write", "close"]);

/** Whether a file has the time of its object, which identifies it if the ETag is not a checksum. */
function isOfTime(fileMs: number, { modifiedMs }: S3Object): boolean {
  return modifiedMs !== null && Math.abs(fileMs - modifiedMs) < timesDifferMs;
}

/** @returns whether the object is declared as gzip; null if nothing was left to download */
async function fetchRest(
  { store, object, signal, log, onBytes }: ObjectDownload,
  part: string,
): Promise<boolean | null> {
  let isGzip: boolean | null = object.size === 0 ? false : null;
  let from = (await stateOf(part))?.size ?? 0;
  if (from > object.size) {
    await rm(part);
    from = 0;
  }
  onBytes(from, false);
  const name = s3Url(object.bucket, object.key);
  const bytes = readObject(store, object, {
    from,
    signal,
    onRetry: (reason) => log(`${name}: ${reason}; retrying`),
    onEncoding: (encoding) => (isGzip = isGzipEncoding(object, encoding)),
  });
  const counter = new Transform({
    transform(chunk: Buffer, _, done) {
      onBytes(chunk.length, true);
      done(null, chunk);
    },
  });
  const file = createWriteStream(part, { flags: "a" });
  let writeError: unknown = null;
  // The file also gets errors of the byte stream, on Node 26 before the pipeline ends. Only disk errors have a `syscall`.
  file.on("error", (error: NodeJS.ErrnoException) => {
    if (diskCalls.has(error.syscall ?? "")) writeError = error;
  });
  await pipeline(bytes, counter, file, { signal }).catch(async (error: unknown) => {
    if ((await stateOf(part))?.size === 0) await rm(part, { force: true });
    if (writeError === null) throw error;
    cannotWrite(part, writeError);
  });
  return isGzip;
}

/** Compares the contents of files with equal sizes. The ETag of an encrypted object is not a checksum. */
async function judge(download: ObjectDownload, path: string): Promise<Verdict> {
  const { store, object, signal } = download;
  const { size, etag } = object;
  if (etag.includes("-")) return judgeParts(download, path);
  const verdict = await compareWithEtag(path, size, etag);
  if (verdict !== "different") return verdict;
  const { encrypted } = await store.head(object, signal);
  return encrypted ? "unknown" : "different";
}

/** Parts usually have one size; if the server reports the sizes, they are exact. */
async function judgeParts({ store, object, signal }: ObjectDownload, path: string): Promise<Verdict> {
  const { size, etag } = object;
  const { encrypted, firstPart } = await store.head(object, signal).catch(() => unknownHead);
  const verdict = await compareWithEtag(path, size, etag, firstPart);
  const count = partsOf(etag);
  if (verdict === "same" || encrypted || firstPart === null || count === 0) return verdict;
  const sizes = await store.partSizes(object, count, signal);
  return sizes === null ? "unknown" : compareWithParts(path, etag, sizes);
}

const unknownHead = { encrypted: false, firstPart: null };
