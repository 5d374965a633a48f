/** The implementation compared with the reference on random files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { processFile, type ProcessOptions } from "../helpers/process-file.js";
import {
  dirtyCsvArbitrary,
  garbageLine,
  joinedLines,
  lineSpelling,
  rowArbitrary,
  shuffled,
  skippedLine,
  wordArbitrary,
} from "./arbitraries.js";
import { expectSameRun, withoutEmittedMs, type ProcessedRun } from "./compare.js";
import { contentOf, formatOfName } from "./decode.js";
import { encodeCsv, encodeDat, encodeJsonArray, encodeJsonLines, jsonOf } from "./encode.js";
import type { Row } from "./row.js";
import { runFiles } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "muonitor-properties-"));
afterAll(() => rmSync(folder, { recursive: true }));

const numRuns = 40;
const rows = fc.array(rowArbitrary, { maxLength: 80 });
const options = fc.record({
  windowSeconds: fc.constantFrom(1, 5, 60),
  orbitShards: fc.constantFrom(1, 2, 7),
  bundleBytes: fc.constantFrom(1, 16, 1000, 1_000_000),
  memoryBytes: fc.constantFrom(1, 10_000, 1_000_000),
});

function run(name: string, bytes: Uint8Array, options?: ProcessOptions): Promise<ProcessedRun> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return processFile(path, options);
}

/** Runs the implementation and the reference, which must agree. */
async function compare(name: string, bytes: Uint8Array, options: ProcessOptions): Promise<void> {
  const input = { bytes: contentOf(name, bytes), format: formatOfName(name) };
  expectSameRun(await run(name, bytes, options), runFiles([input], options.windowSeconds));
}

/** Messages as text, without the wall-clock time. */
async function linesOf(name: string, bytes: Uint8Array, options: ProcessOptions): Promise<string[]> {
  return (await run(name, bytes, options)).lines.map(withoutEmittedMs);
}

describe("the implementation gives the same result as the reference", () => {
  it("for dirty CSV", async () => {
    await fc.assert(
      fc.asyncProperty(dirtyCsvArbitrary, options, (text, options) =>
        compare("a.csv", Buffer.from(text), options),
      ),
      { numRuns: 2 * numRuns },
    );
  });

  it("for random bytes as CSV and as words", async () => {
    const names = fc.constantFrom("a.csv", "a.dat", "a.txt.gz");
    await fc.assert(
      fc.asyncProperty(names, fc.uint8Array({ maxLength: 200 }), options, (name, bytes, options) =>
        compare(name, name.endsWith(".gz") ? gzipSync(bytes) : bytes, options),
      ),
      { numRuns },
    );
  });

  it("for JSON Lines and arrays with values that are not rows", async () => {
    const value = fc.oneof({ weight: 3, arbitrary: rowArbitrary.map(jsonOf) }, fc.json({ maxDepth: 2 }));
    const file = fc.tuple(fc.array(value, { maxLength: 20 }), fc.boolean()).map(([values, isArray]) => {
      return isArray ? `[${values.join()}]` : ["{}", ...values].join("\n");
    });
    await fc.assert(
      fc.asyncProperty(file, options, (text, options) => compare("a.json", Buffer.from(text), options)),
      { numRuns },
    );
  });

  it("for words with an incomplete last word", async () => {
    const file = fc.tuple(fc.array(wordArbitrary, { maxLength: 60 }), fc.uint8Array({ maxLength: 7 }));
    await fc.assert(
      fc.asyncProperty(file, options, ([words, rest], options) =>
        compare("a.dat", Buffer.concat([encodeDat(words), rest]), options),
      ),
      { numRuns },
    );
  });
});

describe("the files of a folder give one run", () => {
  it("in any mixture of formats", async () => {
    const encoders = fc.constantFrom(
      ["csv", encodeCsv] as const,
      ["jsonl.gz", (rows: Row[]) => gzipSync(encodeJsonLines(rows))] as const,
      ["json", encodeJsonArray] as const,
      ["dat", encodeDat] as const,
    );
    const parts = fc.array(fc.tuple(encoders, fc.array(wordArbitrary, { maxLength: 30 })), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(parts, options, async (parts, options) => {
        const directory = emptyDirectory("parts");
        parts.forEach(([[ending, encode], rows], i) =>
          writeFileSync(join(directory, `${i}.${ending}`), encode(rows)),
        );
        const whole = encodeCsv(parts.flatMap(([, rows]) => rows));
        const expected = runFiles([{ bytes: whole, format: "csv" }], options.windowSeconds);
        expectSameRun(await processFile(directory, options), expected);
      }),
      { numRuns },
    );
  });
});

function emptyDirectory(name: string): string {
  const directory = join(folder, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  return directory;
}

describe("the same rows give the same bytes", () => {
  it("in any order, notation and sharding, with headers and blank lines anywhere", async () => {
    const other = rows.chain((rows) =>
      fc.tuple(
        fc.constant(rows),
        fc
          .tuple(fc.tuple(...rows.map(lineSpelling)), fc.array(skippedLine, { maxLength: 10 }))
          .chain(([lines, skipped]) => shuffled([...lines, ...skipped]))
          .chain(joinedLines),
      ),
    );
    await fc.assert(
      fc.asyncProperty(other, options, async ([rows, text], options) => {
        const plain = await linesOf("plain.csv", encodeCsv(rows), { windowSeconds: options.windowSeconds });
        expect(await linesOf("other.csv", Buffer.from(text), options)).toEqual(plain);
      }),
      { numRuns },
    );
  });

  it("in any format, together with any malformed rows", async () => {
    const file = fc.tuple(
      fc.array(wordArbitrary, { maxLength: 60 }),
      fc.array(garbageLine, { maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(file, options, async ([words, garbage], options) => {
        const plain = await linesOf("plain.csv", encodeCsv(words), options);
        const dirty = Buffer.concat([encodeCsv(words), Buffer.from(garbage.join("\n"))]);
        expect(await linesOf("dirty.csv.gz", gzipSync(dirty), options)).toEqual(plain);
        expect(await linesOf("words.dat", encodeDat(words), options)).toEqual(plain);
        expect(await linesOf("lines.jsonl", encodeJsonLines(words), options)).toEqual(plain);
        expect(await linesOf("array.json", encodeJsonArray(words), options)).toEqual(plain);
      }),
      { numRuns },
    );
  });
});
