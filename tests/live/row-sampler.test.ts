import { describe, expect, it } from "vitest";
import { RowSampler } from "../../runners/live/row-sampler.js";
import { SampleRing } from "../../runners/live/sample-ring.js";
import {
  defaultDetector,
  samplesPerKind,
  type RawRecord,
  type RowSample,
} from "../../pipeline/model/index.js";

const nowMs = 1_000_000_000;
const record = (text: string | Uint8Array, change: Partial<RawRecord> = {}): RawRecord => ({
  key: null,
  value: typeof text === "string" ? new TextEncoder().encode(text) : text,
  timestampMs: nowMs,
  partition: 0,
  ...change,
});

function sampler(): RowSampler {
  return new RowSampler({
    detector: defaultDetector,
    windowMs: 5000,
    allowedLatenessMs: 60_000,
    now: () => nowMs,
  });
}

function samplesOf(...records: RawRecord[]): RowSample[] {
  const one = sampler();
  expect([...one.watch(records)]).toEqual(records);
  return one.take();
}

describe("the row sampler", () => {
  it("reports malformed and unmapped rows with reason, partition and offset, and passes all records on", () => {
    const good = "2,0,75,1,2,3\nHEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS\n4,0,75,1,2,-3.5\n";
    const found = samplesOf(
      record(good),
      record(`${good}2,0,75\n2,7,300,1,2,3\r\n`, { partition: 2 }),
      record("2,0,75,x,2,3\n", { partition: 2 }),
      record('{"HEAD": 2}'),
      record(""),
    );
    expect(
      found.map(({ kind, reason, text, partition, offset }) => [kind, reason, text, partition, offset]),
    ).toEqual([
      ["malformed", "fields", "2,0,75", 2, "0"],
      ["unmapped", "no chamber has FPGA:channel 7:300", "2,7,300,1,2,3\\x0d", 2, "0"],
      ["malformed", "number", "2,0,75,x,2,3", 2, "1"],
      ["malformed", "json", '{"HEAD": 2}', 0, "1"],
    ]);
  });

  it("reports rows of channels that the detector names as the read-out's own, not as unmapped", () => {
    const found = samplesOf(record("2,1,138,1,2,3\n2,1,129,1,2,3\n2,1,128,1,2,3\n2,1,133,1,2,3\n"));
    expect(found.map(({ kind, reason }) => [kind, reason])).toEqual([
      ["own", "internal channel 1:138"],
      ["own", "timing source fpga1-129"],
      ["unmapped", "no chamber has FPGA:channel 1:133"],
    ]);
  });

  it("reports one row of a late message", () => {
    const late = record("2,0,75,1,2,3\n2,0,76,1,2,3\n", { timestampMs: nowMs - 70_000 });
    expect(samplesOf(late)).toMatchObject([
      { kind: "late", text: "2,0,75,1,2,3", record_ms: nowMs - 70_000 },
    ]);
  });

  it("shows unprintable bytes as escapes, and at most 200 characters", () => {
    const [found] = samplesOf(record(Uint8Array.from({ length: 5000 }, () => 0xff)));
    expect(found?.text).toBe("\\xff".repeat(50));
  });

  it("inspects a bounded number of rows at any rate", () => {
    const found = samplesOf(...Array.from({ length: 5000 }, () => record("garbage\n".repeat(50))));
    expect(found.length).toBeLessThanOrEqual(20);
  });
});

it("the ring keeps the last samples of each kind, newest first", () => {
  const ring = new SampleRing();
  const sample = (kind: RowSample["kind"], seen_ms: number): RowSample => ({
    kind,
    reason: "r",
    text: "t",
    partition: 0,
    offset: "0",
    record_ms: 0,
    seen_ms,
  });
  ring.add([sample("late", 1), ...Array.from({ length: 200 }, (_, i) => sample("malformed", i))]);
  const list = ring.list();
  expect(list).toHaveLength(samplesPerKind + 1);
  expect(list[0]).toMatchObject({ kind: "malformed", seen_ms: 199 });
  expect(list.at(-1)).toMatchObject({ kind: "late" });
});
