import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { limitOf } from "../../../dashboard/bridge/quality/rule-limits.js";
import {
  createRules,
  defaultRules,
  rulesSchema,
  ruleTexts,
} from "../../../dashboard/bridge/quality/index.js";
import { Practice } from "./practice.js";

describe("the configuration of the rules", () => {
  it("changes thresholds, texts and the version", () => {
    const rules = createRules(
      { rules: { malformed: { fraction_warning: 0.5, fraction_bad: 0.6, what_to_do: "Wait." } } },
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

  it("switches rules off; the findings of other rules remain", () => {
    const rules = createRules(
      { rules: { "dead-layer": { enabled: false }, "dead-cell": { enabled: false } } },
      "f",
    );
    const practice = new Practice({}, { rules });
    practice.set({ dead_layer: { chamber: 1, layer: 3 } });
    practice.run(8);
    expect(practice.faults.map(({ rule }) => rule)).toEqual(["layer-efficiency"]);
  });

  it.each([
    [
      { rules: { malformed: { fraction_warning: "much" } } },
      /f: rules\.malformed\.fraction_warning must be a number/,
    ],
    [{ rules: { malformed: { fraction_warning: 2 } } }, /must be a number from 0 to 1/],
    [{ rules: { malformd: {} } }, /f: rules\.malformd is unknown; known keys: stream-silent/],
    [{ rules: { malformed: { enabled: 1 } } }, /must be true or false/],
    [{ span_windows: 1e6 }, /must be an integer from 1 to 2880/],
    [{ rules: { stuck: { windows: 1 } } }, /f: rules\.stuck\.windows must be an integer from 2 to 2880/],
    [{ rules: { clock: { windows: 0 } } }, /rules\.clock\.windows must be an integer from 1/],
    [{ rules: { clock: { windows: 2.5 } } }, /rules\.clock\.windows must be an integer/],
    [{ rules: { duplicates: { messages: 0 } } }, /rules\.duplicates\.messages must be an integer from 1/],
    [{ rules: { "chamber-rate": { ratio_low: 3 } } }, /ratio_low must be a number from 0 to 0\.99/],
    [{ rules: { clock: { ratio_high: 0.9 } } }, /ratio_high must be a number from 1\.01/],
    [
      { rules: { malformed: { fraction_warning: 0.2 } } },
      /f: rules\.malformed\.fraction_warning must not be greater than fraction_bad/,
    ],
    [
      { rules: { "live-cells": { fraction_worse: 0.8 } } },
      /rules\.live-cells\.fraction_worse must not be greater than fraction_bad/,
    ],
    [
      { rules: { "stream-silent": { window_lengths_bad: 1.2 } } },
      /must not be greater than window_lengths_bad/,
    ],
    [[], /f: it must be a mapping of keys to values/],
    ["text", /must be a mapping of keys to values/],
  ])("refuses %j", (content, message) => {
    expect(() => createRules(content, "f")).toThrow(message);
  });

  it.each(["lowest", "highest"])("allows the %s value of each number, as do all schemas", (which) => {
    const schema = new Ajv2020({ strict: false }).compile(rulesSchema());
    for (const [rule, settings] of Object.entries(defaultRules.rules))
      for (const [name, value] of Object.entries(settings)) {
        if (typeof value !== "number") continue;
        const { min, max } = limitOf(`rules.${rule}.${name}`);
        const given = which === "lowest" ? min : max;
        const step = which === "lowest" ? -0.001 : 0.001;
        expect(value, `${rule} ${name}`).toBeGreaterThanOrEqual(min);
        expect(value, `${rule} ${name}`).toBeLessThanOrEqual(max);
        expect(schema({ rules: { [rule]: { [name]: given } } }), `${rule} ${name}`).toBe(true);
        const outside = { rules: { [rule]: { [name]: given + step } } };
        expect(schema(outside), `${rule} ${name}`).toBe(false);
        expect(() => createRules(outside, "f")).toThrow(/must be an? (integer|number) from/);
      }
  });

  it("gives no findings in good data with the most sensitive windows", () => {
    const rules = createRules({ rules: { stuck: { windows: 2 }, clock: { windows: 1 } } }, "f");
    const practice = new Practice({}, { rules });
    practice.run(12);
    expect(practice.faults).toEqual([]);
  });

  it("has a default file with a comment for each number", () => {
    const text = readFileSync(
      new URL("../../../dashboard/bridge/quality/rules.yaml", import.meta.url),
      "utf8",
    );
    expect(parse(text)).toEqual(defaultRules);
    for (const line of text.split("\n").filter((one) => /: [\d.]+\b/.test(one)))
      expect(line).toContain(" # ");
  });

  it("has a text for each rule", () => {
    const texts = ruleTexts(createRules(null, "f"));
    expect(texts.map(({ id }) => id).sort()).toEqual(Object.keys(defaultRules.rules).sort());
    expect(texts.find(({ id }) => id === "dead-cell")?.text).toContain("expected hits 20");
  });
});
