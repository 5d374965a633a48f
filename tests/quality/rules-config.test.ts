import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createRules, defaultRules, ruleTexts } from "../../dashboard/bridge/quality/index.js";
import { Practice } from "./practice.js";

describe("the configuration of the rules", () => {
  it("changes thresholds and texts, and the version tells", () => {
    const rules = createRules(
      { rules: { malformed: { fraction_warning: 0.5, what_to_do: "Wait." } } },
      "mine.yaml",
    );
    expect(rules.version.source).toBe("mine.yaml");
    const practice = new Practice({}, { rules });
    practice.set({ garbage: 0.05 });
    practice.run(3);
    expect(practice.faults).toEqual([]);
    expect(practice.quality.rules).toEqual(rules.version);
    expect(createRules(null, "a").version.hash).not.toBe(rules.version.hash);
  });

  it("switches rules off", () => {
    const rules = createRules(
      { rules: { "dead-layer": { enabled: false }, "dead-cell": { enabled: false } } },
      "f",
    );
    const practice = new Practice({}, { rules });
    practice.set({ dead_layer: { chamber: 1, layer: 3 } });
    practice.run(8);
    expect(practice.faults.map(({ rule }) => rule)).toEqual(["live-cells"]);
  });

  it.each([
    [
      { rules: { malformed: { fraction_warning: "much" } } },
      /f: rules\.malformed\.fraction_warning must be a number/,
    ],
    [{ rules: { malformed: { fraction_warning: 2 } } }, /must be a number from 0 to 1/],
    [{ rules: { malformd: {} } }, /f: rules\.malformd is not known here; known are stream-silent/],
    [{ rules: { malformed: { enabled: 1 } } }, /must be true or false/],
    [{ span_windows: 1e6 }, /must be a number from 0 to 2880/],
    [[], /f: it must hold keys and values/],
    ["text", /must hold keys and values/],
  ])("refuses %j", (content, message) => {
    expect(() => createRules(content, "f")).toThrow(message);
  });

  it("is written down with a comment to each number", () => {
    const text = readFileSync(new URL("../../dashboard/bridge/quality/rules.yaml", import.meta.url), "utf8");
    expect(parse(text)).toEqual(defaultRules);
    for (const line of text.split("\n").filter((one) => /: [\d.]+\b/.test(one)))
      expect(line).toContain(" # ");
  });

  it("is told in words, rule by rule", () => {
    const texts = ruleTexts(createRules(null, "f"));
    expect(texts.map(({ id }) => id).sort()).toEqual(Object.keys(defaultRules.rules).sort());
    expect(texts.find(({ id }) => id === "dead-cell")?.text).toContain("expected hits 20");
  });
});
