import { describe, expect, it } from "vitest";
import { decayedRate, defaultFreshness, stateOfAge, windowAgeLimits } from "../../pipeline/model/index.js";

const limits = windowAgeLimits(5000, defaultFreshness);

describe("the age of the newest window", () => {
  it("means late after 1.5 window lengths plus 1 s, and silent after 2 window lengths plus 1 s", () => {
    expect(limits).toEqual({ lateMs: 8500, silentMs: 11_000 });
    expect([0, 8500, 8501, 11_000, 11_001].map((age) => stateOfAge(age, limits))).toEqual([
      "good",
      "good",
      "warning",
      "warning",
      "bad",
    ]);
  });
});

describe("a rate that was measured some time ago", () => {
  it("is shown until the next one is late, and then falls to 0", () => {
    const rates = [0, 8500, 9750, 11_000, 221_000].map((age) => decayedRate(20_000, age, limits));
    expect(rates).toEqual([20_000, 20_000, 10_000, 0, 0]);
  });

  it("is 0 if late and silent are the same", () => {
    expect(decayedRate(7, 2, { lateMs: 1, silentMs: 1 })).toBe(0);
  });
});
