/** Words of the read-out, assembled from big integers, independently of the product's own arithmetic. */

/** Fields as [lowest bit, value]. */
export function wordOf(...fields: readonly (readonly [bit: number, value: number])[]): bigint {
  return fields.reduce((word, [bit, value]) => word | (BigInt(value) << BigInt(bit)), 0n);
}

export const hitWord = (fpga: number, channel: number, orbit: number, bx: number, tdc: number): bigint =>
  wordOf([61, 2], [58, fpga], [49, channel], [17, orbit], [5, bx], [0, tdc]);
export const runWord = (run: number): bigint => BigInt(run);

export function bytesOf(words: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(words.length * 8);
  words.forEach((word, i) => bytes.writeBigUInt64LE(word, i * 8));
  return bytes;
}

/** Blocks of 128 words, each with the run number before it. */
export function markedBlocks(run: number, words: readonly bigint[]): bigint[] {
  const marked: bigint[] = [];
  for (let at = 0; at < words.length; at += 128) marked.push(runWord(run), ...words.slice(at, at + 128));
  return marked;
}

/** Hits in ascending orbits. */
export const someHits = (count: number, firstOrbit = 1000): bigint[] =>
  Array.from({ length: count }, (_, i) =>
    hitWord(i % 2, i % 128, firstOrbit + i, (i * 7) % 3564, 1 + (i % 30)),
  );
