/** Hostile 64-bit words: every word is well-formed; only an incomplete last word is malformed. */
import type { HostileCase } from "./corpus.js";
import { goodCsv, goodJson, makeCase } from "./make-case.js";

/** A hit of chamber 0: HEAD 2, FPGA 0, channel 1, orbit 7, BX 5, TDC 5. */
const hit = Buffer.from([0xa5, 0x00, 0x0e, 0x00, 0x00, 0x00, 0x02, 0x40]);

function wordCase(
  name: string,
  bytes: Uint8Array,
  parts: Parameters<typeof makeCase>[2]["dat"],
): HostileCase {
  return makeCase(name, bytes, { dat: parts, words: parts });
}

const leftOver = [1, 2, 3, 4, 5, 6, 7].flatMap((length) => [
  wordCase(`${length} bytes alone`, Buffer.alloc(length), { malformed: 1 }),
  wordCase(`${length} bytes after a word`, Buffer.concat([hit, Buffer.alloc(length, 0xff)]), {
    malformed: 1,
    hits: 1,
  }),
]);

export const wordCases: HostileCase[] = [
  wordCase("a hit", hit, { hits: 1 }),
  // HEAD 7, FPGA 7, channel 511, orbit 4294967295.
  wordCase("all ones", Buffer.alloc(16, 0xff), { head_rejected: 2 }),
  wordCase("all zeros", Buffer.alloc(16), { head_rejected: 2 }),
  // 11 bytes; the eighth is "7", 0x37, whose upper three bits are HEAD 1.
  wordCase("CSV as words", Buffer.from(goodCsv), { malformed: 1, head_rejected: 1 }),
  // 77 bytes; the eighth of a word is an upper-case letter (HEAD 2) four times, other ASCII (HEAD 1) five times.
  wordCase("JSON as words", Buffer.from(goodJson), { malformed: 1, head_rejected: 5, unmapped: 4 }),
  ...leftOver,
];
