import { describe, expect, expectTypeOf, it } from "vitest";
import { defineOptions, flagOf, wholeNumber, type ValuesOf } from "../../runners/cli/option.js";
import { defineVerb, type Verb } from "../../runners/cli/verb.js";

const options = defineOptions([
  { flags: "--rate <rows/s>", description: "rate", parse: wholeNumber(0, 10), default: 5 },
  { flags: "--rows-per-message <rows>", description: "rows", parse: (text) => BigInt(text) },
  { flags: "--format <format>", description: "form", choices: ["csv", "json"], default: "csv" },
  { flags: "--output <path>", description: "output", required: true },
  { flags: "--allow-host <name>", description: "hosts", repeatable: true },
  { flags: "--json", description: "as JSON", default: false },
  { flags: "--no-resume", description: "start from scratch" },
  { flags: "--source <source>", description: "source", choices: ["file", "s3"], default: "file" },
  { flags: "--no-source", description: "no source" },
  { flags: "--muons <path>", description: "file of segments" },
  { flags: "--no-muons", description: "no segments" },
]);

describe("options of a verb", () => {
  it("have the types of their declarations", () => {
    expectTypeOf<ValuesOf<typeof options>>().toEqualTypeOf<{
      rate: number;
      rowsPerMessage?: bigint;
      format: "csv" | "json";
      output: string;
      allowHost?: string[];
      json: boolean;
      resume: boolean;
      source: "file" | "s3" | false;
      muons?: string | false;
    }>();
    // @ts-expect-error a flag that is not declared has no value
    expectTypeOf<ValuesOf<typeof options>["unknown"]>();
  });

  it("have no default if it is removed", () => {
    const [rate] = options;
    const changed = defineOptions([{ ...rate, default: undefined, defaultText: "that of the system" }]);
    expectTypeOf<ValuesOf<typeof changed>>().toEqualTypeOf<{ rate?: number }>();
    expect(changed[0]).toMatchObject({ flags: "--rate <rows/s>", default: undefined });
  });

  it("are passed to run with the arguments, and verbs with different options fit in one list", () => {
    const verb = defineVerb({
      name: "show",
      summary: "",
      description: "",
      arguments: [{ name: "<topic>", description: "topic" }],
      options: [...options, { flags: "--limit <rows>", description: "rows", parse: wholeNumber(1, 9) }],
      examples: [],
      run: ({ topic, format, limit, rate }) => {
        expectTypeOf(topic).toEqualTypeOf<string>();
        expectTypeOf(format).toEqualTypeOf<"csv" | "json">();
        expectTypeOf(limit).toEqualTypeOf<number | undefined>();
        return Promise.resolve(rate);
      },
    });
    const verbs: readonly Verb[] = [verb];
    expect(verbs[0]?.options.map((spec) => flagOf(spec).key)).toEqual([
      ...["rate", "rowsPerMessage", "format", "output", "allowHost", "json", "resume", "source", "source"],
      ...["muons", "muons", "limit"],
    ]);
  });
});

describe("flags", () => {
  it.each([
    ["--rows-per-message <rows>", { name: "rows-per-message", key: "rowsPerMessage", takesValue: true }],
    ["--json", { name: "json", key: "json", takesValue: false }],
    ["--no-source", { name: "no-source", key: "source", takesValue: false }],
  ])("%s", (flags, flag) => {
    expect(flagOf({ flags, description: "" })).toEqual(flag);
  });
});
