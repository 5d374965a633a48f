import { describe, expect, it } from "vitest";
import type { TopicRecord } from "../../runners/kafka/index.js";
import { csvRow, formatRecord } from "../../runners/topics/index.js";

const record = (change: Partial<TopicRecord> = {}): TopicRecord => ({
  partition: 1,
  offset: 12n,
  timestampMs: Date.UTC(2026, 10, 21, 10, 0, 0, 5),
  key: Buffer.from("k"),
  value: Buffer.from("a,b\nc"),
  headers: {},
  ...change,
});
const bytes = Buffer.of(0xff, 0x00);

describe("a record", () => {
  it("as raw is its value, byte by byte", () => {
    expect(formatRecord(record({ value: bytes }), "raw")).toEqual(bytes);
    expect(formatRecord(record({ value: null }), "raw")).toHaveLength(0);
  });

  it("as text is one line", () => {
    expect(formatRecord(record(), "text")).toBe("2026-11-21T10:00:00.005Z\t1:12\tk\ta,b\\nc");
    expect(formatRecord(record({ key: null, value: bytes }), "text")).toBe(
      "2026-11-21T10:00:00.005Z\t1:12\t(null)\t(2 bytes) /wA=",
    );
  });

  it("as JSON contains everything", () => {
    expect(JSON.parse(String(formatRecord(record({ headers: { h: Buffer.from("v") } }), "json")))).toEqual({
      partition: 1,
      offset: 12,
      timestamp_ms: 1795255200005,
      key: "k",
      value: "a,b\nc",
      headers: { h: "v" },
    });
    const other = JSON.parse(String(formatRecord(record({ key: null, value: bytes }), "json")));
    expect(other).toMatchObject({ key: null, value_base64: "/wA=" });
  });

  it("as CSV has quotes if they are needed", () => {
    expect(formatRecord(record(), "csv")).toBe('1,12,2026-11-21T10:00:00.005Z,k,"a,b\nc"');
    expect(formatRecord(record({ key: null, value: Buffer.from('see "x"') }), "csv")).toBe(
      '1,12,2026-11-21T10:00:00.005Z,,"see ""x"""',
    );
  });

  it("without a time is still shown", () => {
    expect(formatRecord(record({ timestampMs: -1 }), "text")).toMatch(/^\t1:12\t/);
  });
});

it("a row that lacks a column has an empty cell", () => {
  expect(csvRow({ a: 1, c: null }, ["a", "b", "c"])).toBe("1,,");
});
