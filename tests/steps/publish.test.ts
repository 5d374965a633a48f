/** The text of a message equals that of JSON.stringify for any orbits. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultDetector, type WindowMessage } from "../../pipeline/model/index.js";
import { encodeMessage, mergePartials, summarise } from "../../pipeline/steps/index.js";
import { orbitsText } from "../../pipeline/steps/orbits-text.js";
import { orbitArbitrary } from "../reference/arbitraries.js";

const facts = {
  window: { start_ms: 0, end_ms: 5000, time: "detector" as const },
  detector: defaultDetector,
  partial: false,
  revision: 0,
  emittedMs: 1,
};

function messageOf(orbits: readonly number[]): WindowMessage {
  const result = mergePartials([], defaultDetector, { muons: false });
  for (const ranges of result.active) orbits.forEach((orbit, i) => ranges.push(orbit, i % 65));
  result.channelCounts.set([0, 9, 10, 2 ** 31, 2 ** 53]);
  return summarise(result, facts);
}

describe("the text of a message", () => {
  it("is that of JSON.stringify", () => {
    fc.assert(
      fc.property(fc.uniqueArray(orbitArbitrary, { maxLength: 200 }), (orbits) => {
        const message = messageOf(orbits.sort((a, b) => a - b));
        expect(encodeMessage(message)).toBe(JSON.stringify(message));
      }),
    );
  });

  it("is that of JSON.stringify also for missing members, grouped orbits and other arrays", () => {
    const message = messageOf(Array.from({ length: 5000 }, (_, i) => 4_294_900_000 + i * 7));
    const other = { ...message, sources: undefined, drift_time_chamber: { "0": { bin_edges: [0, 0.5] } } };
    for (const one of [message, other as unknown as WindowMessage])
      expect(encodeMessage(one)).toBe(JSON.stringify(one));
  });

  it("does not depend on later changes by a caller", () => {
    const message = messageOf([1]);
    expect(() => message.tdc_counts_chamber["0"].bin_edges.push(1)).toThrow(TypeError);
    const edges = [1, 2];
    const own = { ...message, drift_time_chamber: { "0": { bin_edges: edges } } } as unknown as WindowMessage;
    const before = encodeMessage(own);
    edges.push(3);
    expect(encodeMessage(own)).not.toBe(before);
  });
});

it("the text of orbits is that of JSON.stringify", () => {
  const numbers = fc.oneof(
    fc.nat({ max: 4294967295 }),
    fc.integer({ min: 2 ** 31 - 3, max: 2 ** 31 + 3 }),
    fc.constantFrom(0, 999_999_999, 1e9, 2_000_000_000, 4294967295, 4294967296, 2147483648.5, -1, 1e21),
  );
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 50 }), fc.boolean(), (values, ascending) => {
      if (ascending) values.sort((a, b) => a - b);
      expect(orbitsText(values)).toBe(JSON.stringify(values));
    }),
    { numRuns: 500 },
  );
  const many = Array.from({ length: 9000 }, (_, i) => 3_000_000_000 + i);
  expect(orbitsText(many)).toBe(JSON.stringify(many));
});
