/** The bytes of an object as a stream that survives broken connections. */
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { InputError, MuonitorError, UnavailableError } from "../../pipeline/model/index.js";
import { isGzipName, Unpacked } from "../../pipeline/steps/index.js";
import { defaultSilenceMs } from "./access.js";
import { s3Url } from "./address.js";
import type { S3Object, S3Store } from "./store.js";

/** An object is given up when it fails so often without a byte in between. */
const tries = 6;
const longestPauseMs = 5000;

export interface ReadOptions {
  /** First byte; default 0. */
  from?: number;
  signal?: AbortSignal;
  /** Told of each connection that broke and is made anew. */
  onRetry?: (reason: string) => void;
}

/** The bytes as they are stored. An error of the stream is an InputError or an UnavailableError in words. */
export function readObject(store: S3Store, object: S3Object, options: ReadOptions = {}): Readable {
  const closed = new AbortController();
  const signal = AbortSignal.any([closed.signal, ...(options.signal ? [options.signal] : [])]);
  const chunks = chunksOf(store, object, { ...options, signal });
  const stream = Readable.from(chunks, { objectMode: false, highWaterMark: 1 << 20 });
  // Who stops reading must not wait for a server that is silent.
  return stream.once("close", () => closed.abort());
}

/** The bytes, unpacked where the key ends in `.gz`. */
export function readObjectContent(
  store: S3Store,
  object: S3Object,
  options: Omit<ReadOptions, "from"> = {},
): Readable | Unpacked {
  if (!isGzipName(object.key)) return readObject(store, object, options);
  return new Unpacked((from) => readObject(store, object, { ...options, from }));
}

async function* chunksOf(store: S3Store, object: S3Object, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { signal, onRetry = () => undefined } = options;
  const { silenceMs = defaultSilenceMs, firstPauseMs = 200 } = store.access;
  let at = options.from ?? 0;
  let failures = 0;
  while (at < object.size) {
    try {
      for await (const chunk of audible(await store.open(object, at, signal), silenceMs)) {
        failures = 0;
        at += chunk.length;
        yield chunk;
      }
      if (at < object.size) throw new UnavailableError("the connection was cut");
    } catch (error) {
      const reason = store.explain(error, s3Url(object.bucket, object.key));
      if (signal?.aborted === true || !mayPass(reason)) throw reason;
      failures += 1;
      if (failures >= tries) throw givenUp(object, at, reason);
      onRetry(reason.message);
      await pause(
        Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs),
        undefined,
        signal && { signal },
      );
    }
  }
}

/** Chunks of a stream that is given up when it is silent while one is waited for. */
async function* audible(body: Readable, silenceMs: number): AsyncGenerator<Uint8Array> {
  const giveUp = (): void =>
    void body.destroy(new UnavailableError(`nothing came for ${silenceMs / 1000} s`));
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const timer = setTimeout(giveUp, silenceMs);
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    body.destroy();
  }
}

function mayPass(error: Error): boolean {
  return error instanceof MuonitorError ? error.retriable : error.name !== "AbortError";
}

function givenUp({ bucket, key, size }: S3Object, at: number, reason: Error): InputError {
  return new InputError(
    s3Url(bucket, key),
    `given up at byte ${at} of ${size} after ${tries} tries: ${reason.message}`,
    reason,
  );
}
