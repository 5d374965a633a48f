import { describe, expect, it } from "vitest";
import type { Admin } from "kafkajs";
import { UsageError } from "../../pipeline/model/index.js";
import { parsePosition, rangesBetween } from "../../runners/kafka/index.js";

const now = Date.UTC(2026, 10, 21, 12);

describe("a position in a topic", () => {
  it.each([
    ["earliest", { kind: "earliest" }],
    ["latest", { kind: "latest" }],
    ["0", { kind: "offset", offset: 0n }],
    ["12345678901234567", { kind: "offset", offset: 12345678901234567n }],
    ["1763719200", { kind: "offset", offset: 1763719200n }],
    ["offset:1763719200000", { kind: "offset", offset: 1763719200000n }],
    ["-10", { kind: "back", count: 10n }],
    ["-15m", { kind: "time", ms: now - 900_000 }],
    ["-2d", { kind: "time", ms: now - 172_800_000 }],
    ["2026-11-21T10:00:00Z", { kind: "time", ms: now - 7_200_000 }],
    // Without a time zone, a time is in UTC on any machine.
    ["2026-11-21T10:00:00", { kind: "time", ms: now - 7_200_000 }],
    ["2026-11-21 10:00", { kind: "time", ms: now - 7_200_000 }],
    ["2026-11-21T11:00:00+01:00", { kind: "time", ms: now - 7_200_000 }],
    ["2026-11-21", { kind: "time", ms: now - 43_200_000 }],
  ])("%s", (text, position) => {
    expect(parsePosition(text, now)).toEqual(position);
  });

  it.each(["", "first", "1.5", "-1.5h", "10 m", "2026-13-01", "yesterday"])("cannot be %j", (text) => {
    expect(() => parsePosition(text, now)).toThrow("must be earliest, latest, an offset (also offset:N), -N");
  });

  it.each(["1763719200000", "1763719200000000"])("%s looks like a time, which is reported", (text) => {
    expect(() => parsePosition(text, now)).toThrow(
      `"${text}" looks like a time: write 2025-11-21T10:00:00.000Z, or offset:${text} for an offset`,
    );
  });
});

describe("an offset beyond the end", () => {
  const ends = [
    { partition: 0, low: "5", high: "10", offset: "10" },
    { partition: 1, low: "0", high: "20", offset: "20" },
  ];
  const admin = { fetchTopicOffsets: () => Promise.resolve(ends) } as unknown as Admin;
  const earliest = { kind: "earliest" } as const;
  const latest = { kind: "latest" } as const;
  const at = (offset: bigint) => ({ kind: "offset", offset }) as const;

  it("of all read partitions is refused, with a list of the ends", async () => {
    const beyond = rangesBetween(admin, "t", at(21n), latest);
    await expect(beyond).rejects.toThrow(UsageError);
    await expect(beyond).rejects.toThrow(
      "offset 21 is beyond the end of t: partition 0 at 10, partition 1 at 20",
    );
    await expect(rangesBetween(admin, "t", earliest, at(21n))).rejects.toThrow("offset 21 is beyond");
    await expect(rangesBetween(admin, "t", at(11n), latest, [0])).rejects.toThrow("offset 11 is beyond");
  });

  it("of some partitions gives no records of these", async () => {
    expect(await rangesBetween(admin, "t", at(11n), latest)).toEqual([
      { partition: 0, from: 10n, to: 10n },
      { partition: 1, from: 11n, to: 20n },
    ]);
  });
});
