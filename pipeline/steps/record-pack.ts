/**
 * Records packed into one buffer, for transfer to another thread without copying or for storage in a file. Record:
 * time (8 bytes, double), partition (4), length of the key or 2^32 - 1 for none (4), length of the value (4), key,
 * value; little-endian.
 */
import { FormatError, type RawRecord } from "../model/index.js";

const headerBytes = 20;
const noKey = 0xffffffff;

export function packRecords(records: readonly RawRecord[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const { key, value } of records) length += headerBytes + (key?.length ?? 0) + value.length;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { key, value, timestampMs, partition } of records) {
    view.setFloat64(at, timestampMs, true);
    view.setUint32(at + 8, partition, true);
    view.setUint32(at + 12, key?.length ?? noKey, true);
    view.setUint32(at + 16, value.length, true);
    at += headerBytes;
    if (key !== null) bytes.set(key, at);
    at += key?.length ?? 0;
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}

/**
 * The records of a pack; keys and values are views of its bytes.
 * @throws FormatError when the bytes end in the middle of a record
 */
export function* unpackRecords(bytes: Uint8Array): Generator<RawRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new FormatError("a record ends too early");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const header = at;
    take(headerBytes);
    const keyLength = view.getUint32(header + 12, true);
    const key = keyLength === noKey ? null : take(keyLength);
    const value = take(view.getUint32(header + 16, true));
    yield {
      key,
      value,
      timestampMs: view.getFloat64(header, true),
      partition: view.getUint32(header + 8, true),
    };
  }
}
