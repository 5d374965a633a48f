/** Zstandard: by Node where it has it (22.15 and newer), else in plain JavaScript. */
import zlib from "node:zlib";
import { Decompress } from "fzstd";
import { Inflated, maxInflatedBytes } from "./inflated.js";

type InflateSync = (input: Uint8Array, options: { maxOutputLength: number }) => Buffer;

const ofNode = (zlib as { zstdDecompressSync?: InflateSync }).zstdDecompressSync;

/** @throws Error when the bytes are no Zstandard, or too many come out */
export function inflateZstd(input: Buffer): Buffer {
  if (ofNode !== undefined) return ofNode(input, { maxOutputLength: maxInflatedBytes });
  return inflateZstdPlainly(input);
}

/** As {@link inflateZstd}, without Node's help. */
export function inflateZstdPlainly(input: Buffer): Buffer {
  const output = new Inflated();
  const stream = new Decompress((part) => output.add(part, 0, part.length));
  stream.push(input, true);
  return output.view();
}
