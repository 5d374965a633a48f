/** Batches that other producers have compressed, in every format that Kafka knows. Our own are plain. */
// kafkajs is a CommonJS module of which Node sees no named exports.
import kafkajs from "kafkajs";
import { FormatError, MuonitorError } from "../../../pipeline/model/index.js";
import { inflateGzip } from "./gzip.js";
import { inflateLz4 } from "./lz4.js";
import { inflateSnappy } from "./snappy.js";
import { inflateZstd } from "./zstd.js";

const { CompressionCodecs, CompressionTypes } = kafkajs;

interface Codec {
  compress(): Promise<never>;
  decompress(batch: Buffer): Promise<Buffer>;
}

function codecOf(name: string, inflate: (batch: Buffer) => Buffer | Promise<Buffer>): () => Codec {
  const codec: Codec = {
    compress: () => Promise.reject(new MuonitorError(`we do not write ${name}`)),
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

/** Makes all clients of this process read every compression that Kafka knows. */
export function registerCodecs(): void {
  CompressionCodecs[CompressionTypes.GZIP] = codecOf("gzip", inflateGzip);
  CompressionCodecs[CompressionTypes.Snappy] = codecOf("snappy", inflateSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = codecOf("lz4", inflateLz4);
  CompressionCodecs[CompressionTypes.ZSTD] = codecOf("zstd", inflateZstd);
}
