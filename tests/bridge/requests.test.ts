/** Requests are checked by their definition: one line names the field and its allowed values. */
import { describe, expect, it } from "vitest";
import { checkRequest } from "../../dashboard/bridge/requests.js";
import { requestSchemas } from "../../pipeline/model/schema/requests.js";

const { acknowledge, page, points, rate, reference, trend, windows } = requestSchemas;

describe("a request", () => {
  it.each([
    [page, { limit: 3, colour: "blue" }],
    [points, { direction: "after", ms: 0, limit: 500 }],
    [windows, [1, 2, 3]],
    [rate, 0.5e5],
  ])("that satisfies %o is returned unchanged", (schema, value) => {
    expect(checkRequest(schema, value)).toEqual({ ok: true, value });
  });

  it("gets its texts stripped of control characters and surrounding spaces", () => {
    const value = { alarm: "a\u0000b", by: " Ada\u202e ", comment: "one\n\ttwo\u001b " };
    const clean = { alarm: "ab", by: "Ada", comment: "one\n\ttwo" };
    expect(checkRequest(acknowledge, value)).toEqual({ ok: true, value: clean });
  });

  it.each([
    [page, null, "the request must be an object"],
    [page, [], "the request must be an object"],
    [page, { limit: 1.5 }, "limit must be an integer 1 to 500"],
    [page, { before_ms: Number.NaN }, "before_ms must be an integer 0 to 8640000000000000"],
    [acknowledge, { alarm: "a" }, "by must be a string"],
    [acknowledge, { alarm: "a", by: 3 }, "by must be a string"],
    [acknowledge, { alarm: "a", by: " \u0000 " }, "by must have 1 to 80 characters"],
    [
      acknowledge,
      { alarm: "a", by: "b", comment: "c".repeat(2001) },
      "comment must have 0 to 2000 characters",
    ],
    [points, { direction: "up", ms: 0, limit: 1 }, "direction must be before or after"],
    [trend, { to_ms: 1, points: 1 }, "from_ms must be an integer 0 to 8640000000000000"],
    [reference, "", "id must have 1 to 80 characters"],
    [reference, 3, "id must be a string"],
    [rate, 0, "the rate must be a number 1 to 100000"],
    [rate, "fast", "the rate must be a number 1 to 100000"],
    [windows, 3, "ids must be a list of at most 24 entries"],
    [windows, Array.from({ length: 25 }, (_, i) => i), "ids must be a list of at most 24 entries"],
    [windows, [1, "two"], "a window number must be an integer"],
  ])("for %o with the value %j is refused", (schema, value, error) => {
    expect(checkRequest(schema, value)).toEqual({ ok: false, error });
  });
});
