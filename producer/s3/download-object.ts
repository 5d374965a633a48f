/** One object into one file, which appears when it is whole and checked. */
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { InputError, MuonitorError } from "../../pipeline/model/index.js";
import { s3Url } from "./address.js";
import { compareWithEtag, type Verdict } from "./etag.js";
import { partPath, removeOldParts, sizeOf } from "./local-file.js";
import { readObject } from "./object-stream.js";
import type { S3Object, S3Store } from "./store.js";

export interface ObjectDownload {
  store: S3Store;
  object: S3Object;
  path: string;
  signal: AbortSignal;
  log: (line: string) => void;
  /** Told of bytes that are in the file, below 0 when they are thrown away; `fetched` when they came just now. */
  onBytes: (bytes: number, fetched: boolean) => void;
}

export interface Checked {
  /** Whether the file was complete before. */
  kept: boolean;
  verdict: Exclude<Verdict, "different">;
}

/** @throws InputError when what came is not what the ETag says, twice */
export async function downloadObject(download: ObjectDownload): Promise<Checked> {
  const { object, path, onBytes, log } = download;
  await mkdir(dirname(path), { recursive: true });
  await removeOldParts(path, object);
  if ((await sizeOf(path)) === object.size) {
    const verdict = await judge(download, path);
    if (verdict !== "different") {
      onBytes(object.size, false);
      return { kept: true, verdict };
    }
    log(`${path} differs from the object: it is fetched again`);
  }
  const verdict = (await fetchOnce(download)) ?? (await fetchOnce(download));
  if (verdict === null)
    throw new InputError(s3Url(object.bucket, object.key), "what came does not fit its ETag, twice");
  return { kept: false, verdict };
}

/** @returns null when what came is wrong, and has been thrown away */
async function fetchOnce(download: ObjectDownload): Promise<Checked["verdict"] | null> {
  const { object, path, onBytes, log } = download;
  const part = partPath(path, object);
  await fetchRest(download, part);
  const verdict = await judge(download, part);
  if (verdict === "different") {
    log(`${s3Url(object.bucket, object.key)}: what came does not fit its ETag`);
    await rm(part, { force: true });
    onBytes(-object.size, false);
    return null;
  }
  await rename(part, path).catch((error: unknown) => cannotWrite(path, error));
  return verdict;
}

async function fetchRest(
  { store, object, signal, log, onBytes }: ObjectDownload,
  part: string,
): Promise<void> {
  let from = (await sizeOf(part)) ?? 0;
  if (from > object.size) {
    await rm(part);
    from = 0;
  }
  onBytes(from, false);
  const name = s3Url(object.bucket, object.key);
  const bytes = readObject(store, object, {
    from,
    signal,
    onRetry: (reason) => log(`${name}: ${reason}; once more`),
  });
  const counter = new Transform({
    transform(chunk: Buffer, _, done) {
      onBytes(chunk.length, true);
      done(null, chunk);
    },
  });
  const file = createWriteStream(part, { flags: "a" });
  let writeError: unknown = null;
  file.on("error", (error) => (writeError = error));
  await pipeline(bytes, counter, file, { signal }).catch((error: unknown) =>
    writeError === null ? Promise.reject(error as Error) : cannotWrite(part, writeError),
  );
}

/** Sizes are the same; are the contents? What is encrypted has an ETag that is no checksum. */
async function judge({ store, object, signal }: ObjectDownload, path: string): Promise<Verdict> {
  const { size, etag } = object;
  if (etag.includes("-")) {
    const { firstPart } = await store.head(object, signal).catch(() => ({ firstPart: null }));
    return compareWithEtag(path, size, etag, firstPart);
  }
  const verdict = await compareWithEtag(path, size, etag);
  if (verdict !== "different") return verdict;
  const { encrypted } = await store.head(object, signal);
  return encrypted ? "unknown" : "different";
}

function cannotWrite(path: string, error: unknown): never {
  throw new MuonitorError(`${path}: cannot be written: ${(error as Error).message}`, { cause: error });
}
