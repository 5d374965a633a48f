/**
 * Garbage: each line is one malformed row by the rules of producer/input.md. No line begins with a brace or bracket, because
 * a message that begins with one would be read as JSON.
 */
import type { Random } from "../random.js";

const text = new TextEncoder();

/** The kinds of garbage, each without its LF. */
export const garbageLines: readonly Uint8Array[] = [
  ...[
    "2,0,75,3387200947",
    "2,0,75,3387200947,2922,2,7",
    "2,0,,3387200947,2922,2",
    "2,0,seventyfive,3387200947,2922,2",
    "2,0,75,33872009-7,2922,2",
    "2,0,75,0xC9E4D4F3,2922,2",
    '"2","0","75","3387200947","2922","2"',
    "2,0,75,3387200947,2922,NaN",
    "2,0,75,3387200947,2922,1e999",
    "2,0,75.5,3387200947,2922,2",
    "2,-1,75,3387200947,2922,2",
    "2,0,75,4294967296,2922,2",
    "2 0 75 3387200947 2922 2",
    "%%% read-out reset %%%",
    ",,,,,",
  ].map((line) => text.encode(line)),
  Uint8Array.of(50, 44, 0, 0, 0, 0, 44, 55, 53),
  Uint8Array.of(0xff, 0xfe, 0x80, 0x13, 0xc3, 0x28, 0xf5, 0x01),
];

const lineFeed = 10;

/** Writes one line of garbage at `at`; returns the position after it. */
export function writeGarbage(bytes: Uint8Array, at: number, random: Random): number {
  const line = garbageLines[random.below(garbageLines.length)] as Uint8Array;
  bytes.set(line, at);
  bytes[at + line.length] = lineFeed;
  return at + line.length + 1;
}
