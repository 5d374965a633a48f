/** Hostile by size: processing must not stop, and its time must be linear. */
import type { HostileCase } from "./corpus.js";
import { goodCsv, goodJson, makeCase, onText } from "./make-case.js";

const million = 1_000_000;
const afterGood = { malformed: 1, hits: 1 };
const between = { malformed: 1, hits: 2 };

/** A line between two good ones. */
function lineCase(name: string, line: () => string): HostileCase {
  return makeCase(name, () => `${goodCsv}\n${line()}\n${goodCsv}\n`, onText(between));
}

export const hugeCases: HostileCase[] = [
  makeCase("10 MB without LF", () => "x".repeat(10 * million), onText({ malformed: 1 })),
  makeCase(
    "10 MB without LF after a row",
    () => `${goodCsv}\n${"7".repeat(10 * million)}`,
    onText(afterGood),
  ),
  lineCase("a million commas", () => ",".repeat(million)),
  lineCase("a million digits", () => `2,0,1,7,5,${"9".repeat(million)}`),
  lineCase("a million decimals with an invalid end", () => `2,0,1,7,5,.${"9".repeat(million)}x`),
  lineCase("a million spaces in a field", () => `2,0,1,7,5,5${" ".repeat(million)}x`),
  lineCase("a million NULs", () => "\0".repeat(million)),
  lineCase("a million quotes", () => '"'.repeat(million)),
  makeCase("a million blank lines", () => `${"\r\n".repeat(million)}${goodCsv}`, onText({ hits: 1 })),
  makeCase(
    "a million decimals in a valid row",
    () => `2,0,1,7,5,5.${"0".repeat(million)}`,
    onText({ hits: 1 }),
  ),
  makeCase("100 000 bad rows", () => "2,0,1,7,5,x\n".repeat(100_000), onText({ malformed: 100_000 })),
  makeCase("a million opening brackets", () => "[".repeat(million), {
    json: { malformed: 1 },
    message: { malformed: 1 },
  }),
  makeCase("a million opening braces", () => '{"a":'.repeat(million), {
    json: { malformed: 1 },
    message: { malformed: 1 },
    csv: { malformed: 1 },
  }),
  makeCase(
    "an element of deep brackets",
    () => `[${goodJson},${"[".repeat(100_000)}${"]".repeat(100_000)}]`,
    {
      json: afterGood,
      message: afterGood,
    },
  ),
  makeCase("a string of a million quotes", () => `[${goodJson},"${'\\"'.repeat(million)}",${goodJson}]`, {
    json: between,
    message: between,
  }),
  makeCase("100 000 empty objects", () => `[${Array(100_000).fill("{}").join()}]`, {
    json: { malformed: 100_000 },
    message: { malformed: 100_000 },
  }),
];
