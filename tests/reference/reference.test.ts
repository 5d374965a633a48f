/** Properties of the reference that hold for any rows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dirtyCsvArbitrary,
  lineSpelling,
  recordsArbitrary,
  rowArbitrary,
  shuffled,
  split,
  wordArbitrary,
} from "./arbitraries.js";
import { decodeFile, decodeMessage, formatOfName } from "./decode.js";
import { encodeCsv, encodeDat, encodeJsonArray, encodeJsonLines } from "./encode.js";
import { runFiles, runMessages, runRecords } from "./run.js";
import { validateMessage } from "./validate-message.js";

const rows = fc.array(rowArbitrary, { maxLength: 60 });
const windowLengths = fc.constantFrom(1, 5, 60);

describe("decode(encode(rows)) = rows", () => {
  it.each([
    ["csv", encodeCsv],
    ["json", encodeJsonLines],
    ["json", encodeJsonArray],
  ] as const)("%s", (format, encode) => {
    fc.assert(
      fc.property(rows, (rows) => {
        expect(decodeFile(encode(rows), format)).toEqual({ rows, malformed: [] });
      }),
    );
  });

  it("dat", () => {
    fc.assert(
      fc.property(fc.array(wordArbitrary), (rows) => {
        expect(decodeFile(encodeDat(rows), "dat")).toEqual({ rows, malformed: [] });
      }),
    );
  });

  it("any spelling", () => {
    const spelled = rowArbitrary.chain((row) => fc.tuple(fc.constant(row), lineSpelling(row)));
    fc.assert(
      fc.property(spelled, ([row, line]) => {
        expect(decodeMessage(Buffer.from(line))).toEqual({ rows: [row], malformed: [] });
      }),
    );
  });
});

describe("messages of the reference", () => {
  it("are valid and consistent in detector time", () => {
    fc.assert(
      fc.property(dirtyCsvArbitrary, windowLengths, (text, seconds) => {
        const { messages } = runFiles([{ bytes: Buffer.from(text), format: "csv" }], seconds);
        for (const message of messages) expect(validateMessage({ ...message, emitted_ms: 1 })).toEqual([]);
      }),
    );
  });

  it("are valid and consistent in arrival time", () => {
    fc.assert(
      fc.property(recordsArbitrary, windowLengths, (records, seconds) => {
        const messages = runRecords(records, seconds);
        for (const message of messages) expect(validateMessage({ ...message, emitted_ms: 1 })).toEqual([]);
        const counted = messages
          .flatMap(({ sources }) => sources)
          .reduce((sum, source) => sum + sequencesIn(source), 0);
        expect(counted).toBe(records.filter(({ key }) => /^m1:[ab]:\d+:\d+:\d+$/.test(String(key))).length);
      }),
    );
  });

  it("are independent of order and packing", () => {
    const packed = rows.chain((rows) => fc.tuple(fc.constant(rows), shuffled(rows).chain(split)));
    fc.assert(
      fc.property(packed, ([rows, parts]) => {
        const expected = runFiles([{ bytes: encodeCsv(rows), format: "csv" }]);
        expect(runMessages(parts.map(encodeCsv), "text")).toEqual(expected);
      }),
    );
  });
});

describe("arrival time", () => {
  const record = { key: null, value: new Uint8Array(), timestampMs: 1_700_000_004_999, partition: 0 };

  it("gives a window of zeros for a heartbeat", () => {
    const [message, ...others] = runRecords([record]);
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      msg_ID: 340_000_000,
      hit_count: 0,
      ledger: { rows: 0 },
      orbit_first: null,
    });
    expect(message?.window).toEqual({
      start_ms: 1_700_000_000_000,
      end_ms: 1_700_000_005_000,
      time: "arrival",
    });
  });

  it("counts malformed rows in the window, and lists the messages of Muonitor's producers", () => {
    const keys = ["m1:b:2:0:4", "m1:b:2:0:3", "m1:b:10:0:7", "m1:a:2:1:9", "m1:b:2:0:3", "m1:b:2:0:6", "x"];
    const records = keys.map((key) => ({ ...record, key: Buffer.from(key), value: Buffer.from("x") }));
    const [message] = runRecords(records);
    expect(message?.ledger).toMatchObject({ rows: 7, malformed: 7 });
    const source = { id: "b", epoch: 2, partition: 0 };
    expect(message?.sources).toEqual([
      { id: "a", epoch: 2, partition: 1, ranges: [[9, 9]], duplicates: 0 },
      {
        ...source,
        ranges: [
          [3, 4],
          [6, 6],
        ],
        duplicates: 1,
      },
      { ...source, epoch: 10, ranges: [[7, 7]], duplicates: 0 },
    ]);
  });

  it("gives at most 64 ranges", () => {
    const records = Array.from({ length: 70 }, (_, i) => ({
      ...record,
      key: Buffer.from(`m1:a:0:0:${2 * i}`),
    }));
    const [source] = runRecords(records)[0]?.sources ?? [];
    expect(source?.ranges).toHaveLength(64);
    expect(source?.ranges.at(-1)).toEqual([126, 126]);
    expect(source?.truncated).toBe(true);
    expect(runRecords(records.slice(0, 64))[0]?.sources[0]).not.toHaveProperty("truncated");
  });
});

describe("the format of a file", () => {
  it.each([
    ["a.dat", "dat"],
    ["a.dat.gz", "dat"],
    ["a.json", "json"],
    ["a.jsonl.gz", "json"],
    ["a.ndjson", "json"],
    ["data_000001.txt", "csv"],
    ["a.gz", "csv"],
    ["dat", "csv"],
    ["a.json.txt", "csv"],
  ])("%s is %s", (name, format) => expect(formatOfName(name)).toBe(format));
});

function sequencesIn({ ranges, duplicates }: { ranges: [number, number][]; duplicates: number }): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, duplicates);
}
