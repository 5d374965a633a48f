import { describe, expect, it } from "vitest";
import { createLedger, mergeLedger, type MalformedReasons } from "../../pipeline/model/index.js";

const withReasons = (malformed_reasons: MalformedReasons) => ({ ...createLedger(), malformed_reasons });

describe("merged ledgers", () => {
  it("give the same text in any order of merging", () => {
    const parts = [withReasons({ json: 1 }), withReasons({ range: 2, fields: 1 }), createLedger()];
    const merged = [parts, parts.toReversed()].map((order) => {
      const total = createLedger();
      for (const part of order) mergeLedger(total, part);
      return JSON.stringify(total);
    });
    expect(merged[0]).toBe(merged[1]);
    expect(merged[0]).toContain(`"malformed_reasons":{"fields":1,"range":2,"json":1}`);
  });
});
