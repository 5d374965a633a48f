/**
 * Decompression of other producers' batches, in every format that Kafka supports. Our own batches are uncompressed.
 */
import kafkajs from "kafkajs";
import zlib from "node:zlib";
import { Decompress } from "fzstd";
import { FormatError, MuonitorError } from "../../../pipeline/model/index.js";
import { inflateLz4 } from "./lz4.js";
import { inflateSnappy } from "./snappy.js";
import { gunzip, GzipFault } from "../../../pipeline/steps/index.js";
import { Inflated, maxInflatedBytes } from "./inflated.js";

// kafkajs is a CommonJS module without named exports visible to Node.
const { CompressionCodecs, CompressionTypes } = kafkajs;

interface Codec {
  compress(): Promise<never>;
  decompress(batch: Buffer): Promise<Buffer>;
}

function codecOf(name: string, inflate: (batch: Buffer) => Buffer | Promise<Buffer>): () => Codec {
  const codec: Codec = {
    compress: () =>
      Promise.reject(new MuonitorError(`writing batches compressed with ${name} is not supported`)),
    decompress: async (batch) => {
      try {
        return await inflate(batch);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new FormatError(`a batch compressed with ${name} is damaged: ${reason}`);
      }
    },
  };
  return () => codec;
}

/** Enables all Kafka compression formats for all clients of this process. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.GZIP] = codecOf("gzip", inflateGzip);
  CompressionCodecs[CompressionTypes.Snappy] = codecOf("snappy", inflateSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = codecOf("lz4", inflateLz4);
  CompressionCodecs[CompressionTypes.ZSTD] = codecOf("zstd", inflateZstd);
}

/** @throws FormatError when part of the bytes is unreadable, or the output is too large */
export async function inflateGzip(input: Buffer, output = new Inflated()): Promise<Buffer> {
  async function* open(from: number): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield input.subarray(from);
  }
  for await (const item of gunzip(open)) {
    if (item instanceof GzipFault) throw new FormatError(item.message);
    output.add(item, 0, item.length);
  }
  return output.view();
}

type InflateSync = (input: Uint8Array, options: { maxOutputLength: number }) => Buffer;

const ofNode = (zlib as { zstdDecompressSync?: InflateSync }).zstdDecompressSync;

/** @throws Error when the bytes are not Zstandard, or the output is too large */
export function inflateZstd(input: Buffer): Buffer {
  if (ofNode !== undefined) return ofNode(input, { maxOutputLength: maxInflatedBytes });
  return inflateZstdPlainly(input);
}

/** Same as {@link inflateZstd}, without Node's built-in Zstandard. */
export function inflateZstdPlainly(input: Buffer): Buffer {
  const output = new Inflated();
  const stream = new Decompress((part) => output.add(part, 0, part.length));
  stream.push(input, true);
  return output.view();
}
