/** Sequence numbers of producers: any splitting and order gives the counts of the reference. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../pipeline/steps/index.js";
import {
  extractSources,
  mergeSources,
  readSources,
  SourceCounter,
  writeSources,
  type Sources,
} from "../../pipeline/steps/sources.js";
import { shuffled, split } from "../reference/arbitraries.js";
import { sourcesOf } from "../reference/sources.js";

const sequenceKey = fc
  .tuple(
    fc.constantFrom("a", "b", "é:x", "10"),
    fc.constantFrom(1, 2, 1763700000000),
    fc.nat({ max: 2 }),
    fc.nat({ max: 40 }),
  )
  .map(([id, epoch, partition, sequence]) => `m1:${id}:${epoch}:${partition}:${sequence}`);
const foreignKey = fc.constantFrom(
  null,
  "",
  "foreign",
  "m1:a:1:0",
  "m1:a:1:0:",
  "m1:a:1:0:x",
  "m2:a:1:0:5",
  "m1::1:0:5",
  "m1:a:1:0:99999999999999999999",
);
const keys = fc.array(fc.oneof({ weight: 8, arbitrary: sequenceKey }, foreignKey), { maxLength: 120 });

const bytesOf = (key: string | null): Uint8Array | null => (key === null ? null : Buffer.from(key));

function count(keys: readonly (string | null)[]): Sources {
  const counter = new SourceCounter();
  for (const key of keys) counter.add(bytesOf(key));
  return counter.sources;
}

/** Counts of the reference, which cannot handle numbers beyond 2^53. */
function expected(keys: readonly (string | null)[]): ReturnType<typeof sourcesOf> {
  const plain = keys.filter((key) => key === null || !/\d{17}/.test(key));
  return sourcesOf(
    plain.map((key) => ({ key: bytesOf(key), value: new Uint8Array(0), timestampMs: 0, partition: 0 })),
  );
}

function travelled(sources: Sources): Sources {
  const writer = new ByteWriter(1);
  writeSources(writer, sources);
  return readSources(new ByteReader(writer.view()));
}

describe("sources", () => {
  it("are those of the reference", () => {
    fc.assert(
      fc.property(keys, (keys) => {
        expect(extractSources(count(keys))).toEqual(expected(keys));
      }),
    );
  });

  it("are the same for any splitting, order and serialisation", () => {
    fc.assert(
      fc.property(
        keys.chain((keys) => fc.tuple(fc.constant(keys), shuffled(keys).chain(split))),
        ([keys, parts]) => {
          const merged: Sources = new Map();
          for (const part of parts) mergeSources(merged, travelled(count(part)));
          expect(extractSources(travelled(merged))).toEqual(expected(keys));
        },
      ),
    );
  });

  it("give at most 64 ranges, and report that the list is truncated", () => {
    const every = (step: number, length: number): string[] =>
      Array.from({ length }, (_, i) => `m1:a:1:0:${i * step}`);
    const [whole] = extractSources(count(every(2, 64)));
    const [cut] = extractSources(count([...every(2, 65), "m1:a:1:0:0"]));
    expect(whole).toMatchObject({ duplicates: 0 });
    expect(whole).not.toHaveProperty("truncated");
    expect(whole!.ranges).toHaveLength(64);
    expect(cut).toMatchObject({ duplicates: 1, truncated: true });
    expect(cut!.ranges).toEqual(whole!.ranges);
  });
});
