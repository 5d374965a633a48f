/** The checksum of Kafka's record batches (CRC-32C), eight bytes at a time. */

/** Bit-reversed Castagnoli polynomial. */
const polynomial = 0x82f63b78;
const slices = 8;

/** Shape (8, 256): entry [k][b] is the checksum of byte b with k zero bytes after it. */
const tables = makeTables();

function makeTables(): Int32Array[] {
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    first[byte] = crc;
  }
  const all = [first];
  for (let k = 1; k < slices; k += 1) {
    const before = all[k - 1] as Int32Array;
    all.push(
      first.map(
        (_, byte) => ((before[byte] as number) >>> 8) ^ (first[(before[byte] as number) & 255] as number),
      ),
    );
  }
  return all;
}

/** The checksum of bytes[start..end) as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  let crc = -1;
  let at = start;
  /* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are bytes, and within the bytes */
  for (const last = end - slices; at <= last; at += slices) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      t7[crc & 255]! ^
      t6[(crc >>> 8) & 255]! ^
      t5[(crc >>> 16) & 255]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < end; at += 1) crc = t0[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  /* eslint-enable @typescript-eslint/no-non-null-assertion */
  return (crc ^ -1) >>> 0;
}
