/** The bytes of an object as a stream that survives broken connections. */
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { InputError, MuonitorError, UnavailableError } from "../../pipeline/model/index.js";
import { gunzip, isGzipName, type GzipFault } from "../../pipeline/steps/index.js";
import type { InputBytes } from "../replay/stream-source.js";
import { defaultSilenceMs } from "./access.js";
import { s3Url } from "./address.js";
import { audible } from "./audible.js";
import { changedReason } from "./errors.js";
import type { S3Object, S3Store } from "./store.js";

/** Maximum number of consecutive failures without a byte in between. */
const tries = 6;
const longestPauseMs = 5000;

interface ReadOptions {
  /** First byte; default 0. */
  from?: number;
  signal?: AbortSignal;
  /** Called for each retry after a broken connection. */
  onRetry?: (reason: string) => void;
  /** Called with the compression before the first byte of each connection; may throw. */
  onEncoding?: (encoding: string) => void;
}

/** The stored bytes. Errors of the stream are InputError or UnavailableError with a readable message. */
export function readObject(store: S3Store, object: S3Object, options: ReadOptions = {}): Readable {
  const closed = new AbortController();
  const signal = AbortSignal.any([closed.signal, ...(options.signal ? [options.signal] : [])]);
  const chunks = chunksOf(store, object, { ...options, signal });
  const stream = Readable.from(chunks, { objectMode: false, highWaterMark: 1 << 20 });
  // A reader that stops must not wait for a silent server.
  return stream.once("close", () => closed.abort());
}

/** The content, unpacked if the key ends in `.gz` or the object is declared as gzip. */
export function readObjectContent(
  store: S3Store,
  object: S3Object,
  options: Pick<ReadOptions, "signal" | "onRetry"> = {},
): InputBytes {
  const opened: Readable[] = [];
  return {
    [Symbol.asyncIterator]: () => contentOf(store, object, options, opened),
    destroy: () => opened.forEach((bytes) => bytes.destroy()),
  };
}

async function* contentOf(
  store: S3Store,
  object: S3Object,
  options: Pick<ReadOptions, "signal" | "onRetry">,
  opened: Readable[],
): AsyncGenerator<Uint8Array | GzipFault> {
  let isGzip = isGzipName(object.key);
  const onEncoding = (encoding: string): void => {
    isGzip ||= isGzipEncoding(object, encoding);
  };
  const open = (from: number): Readable => {
    const bytes = readObject(store, object, { ...options, from, onEncoding });
    opened.push(bytes);
    return bytes;
  };
  const bytes = open(0)[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  const first = await bytes.next();
  if (first.done === true) return;
  const whole = startingWith(first.value, bytes);
  yield* isGzip ? gunzip((from) => (from === 0 ? whole : open(from))) : whole;
}

async function* startingWith(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** @throws InputError for an encoding that is not gzip */
export function isGzipEncoding(object: S3Object, encoding: string): boolean {
  if (encoding === "" || encoding === "gzip") return encoding === "gzip";
  throw new InputError(nameOf(object), `content-encoding ${encoding} is not supported, only gzip is`);
}

const nameOf = ({ bucket, key }: S3Object): string => s3Url(bucket, key);

async function* chunksOf(store: S3Store, object: S3Object, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { signal, onRetry = () => undefined } = options;
  const { silenceMs = defaultSilenceMs, firstPauseMs = 200 } = store.access;
  let at = options.from ?? 0;
  let failures = 0;
  while (at < object.size) {
    try {
      const opened = await store.open(object, at, signal);
      options.onEncoding?.(opened.encoding);
      for await (const chunk of wantedOf(audible(opened.body, silenceMs), opened.skip)) {
        if (at + chunk.length > object.size) throw new InputError(nameOf(object), changedReason);
        failures = 0;
        at += chunk.length;
        yield chunk;
      }
      if (at < object.size) throw new UnavailableError("the connection was cut");
    } catch (error) {
      const reason = store.explain(error, nameOf(object));
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

/** The chunks without the first `skip` bytes. */
async function* wantedOf(chunks: AsyncIterable<Uint8Array>, skip: number): AsyncGenerator<Uint8Array> {
  let left = skip;
  for await (const chunk of chunks) {
    const wanted = chunk.subarray(left);
    left -= chunk.length - wanted.length;
    if (wanted.length > 0) yield wanted;
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
