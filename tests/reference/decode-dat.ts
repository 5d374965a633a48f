/** 64-bit little-endian words of the read-out board. */
import { collect, type Decoded, type Outcome } from "./row.js";

const wordLength = 8;

export function decodeDat(bytes: Uint8Array): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const outcomes: Outcome[] = [];
  let at = 0;
  for (; at + wordLength <= bytes.length; at += wordLength) {
    outcomes.push(decodeWord(view.getBigUint64(at, true)));
  }
  if (at < bytes.length) outcomes.push({ malformed: "length" });
  return collect(outcomes);
}

function decodeWord(word: bigint): Outcome {
  const bits = (first: bigint, last: bigint): number =>
    Number((word >> first) & ((1n << (last - first + 1n)) - 1n));
  return {
    row: {
      tdc: bits(0n, 4n),
      bx: bits(5n, 16n),
      orbit: bits(17n, 48n),
      channel: bits(49n, 57n),
      fpga: bits(58n, 60n),
      head: bits(61n, 63n),
    },
  };
}
