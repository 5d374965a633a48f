import { describe, expect, it } from "vitest";
import { parsePartitionPositions } from "../../runners/kafka/index.js";

const latest = { kind: "latest" } as const;

describe("positions of partitions", () => {
  it.each([
    ["earliest", { kind: "earliest" }, {}],
    ["0=1200,3=-5", latest, { 0: { kind: "offset", offset: 1200n }, 3: { kind: "back", count: 5n } }],
    ["17, 2=latest", { kind: "offset", offset: 17n }, { 2: latest }],
    [
      "1=2026-11-21T16:00,earliest",
      { kind: "earliest" },
      { 1: { kind: "time", ms: Date.UTC(2026, 10, 21, 16) } },
    ],
  ])("of %s", (text, others, named) => {
    const positions = parsePartitionPositions(text, latest);
    expect(positions.others).toEqual(others);
    expect(Object.fromEntries(positions.named)).toEqual(named);
  });

  it.each([
    ["", "must be"],
    ["0=", "must be"],
    ["x=5", "must be"],
    ["0=1,0=2", "names partition 0 twice"],
    ["1,2", "names two positions for all partitions"],
  ])("cannot be %j", (text, reason) => {
    expect(() => parsePartitionPositions(text, latest)).toThrow(reason);
  });
});
