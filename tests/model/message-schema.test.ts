import { readFileSync } from "node:fs";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { isOutdated } from "../../pipeline/model/index.js";
import { messageJsonSchema } from "../../pipeline/model/schema/message.js";
import { expectedMessages, muonsFolder, pairOf, validFolder } from "../golden/pairs.js";
import { referenceJsonSchema } from "../../pipeline/model/schema/reference.js";
import { tableAfter } from "../helpers/tables.js";
import { keyOrder, optionalKeys, validateLine, validateMessage } from "../reference/validate-message.js";

const schemaUrl = new URL("../../pipeline/model/message.schema.json", import.meta.url);
const schema = JSON.parse(readFileSync(schemaUrl, "utf8")) as { required: string[]; properties: object };
const [golden] = expectedMessages(pairOf(validFolder, "scintillator-order.csv"));
const message = { ...golden, emitted_ms: 1_700_000_000_000 };

describe("the schema of messages", () => {
  it("requires every key of the message, in the order of the specification", () => {
    expect(schema.required).toEqual(keyOrder.filter((key) => !optionalKeys.includes(key)));
    expect(Object.keys(schema.properties)).toEqual(keyOrder);
  });

  // `vitest -u` rewrites the file from the definition.
  it.each([
    ["message", messageJsonSchema],
    ["reference", referenceJsonSchema],
  ])("equals %s.schema.json", async (name, definition) => {
    const options = { parser: "json", printWidth: 110 };
    const text = await format(JSON.stringify(definition, null, 2), options);
    await expect(text).toMatchFileSnapshot(`../../pipeline/model/${name}.schema.json`);
  });

  it("equals the table of the reference page", () => {
    const rows = Object.entries(schema.properties as Record<string, { description: string }>);
    expect(tableAfter("pipeline/model/messages.md", "## Keys")).toEqual(
      rows.map(([key, { description }]) => [`\`${key}\``, description]),
    );
  });

  it("accepts unknown keys of later versions", () => {
    const ledger = { ...message.ledger, late: 0, malformed_reasons: {} };
    expect(
      validateMessage({ ...message, ledger, config: "abc", window: { ...message.window, zone: "UTC" } }),
    ).toEqual([]);
  });

  it("accepts a corrected and partial message in arrival time with sources", () => {
    const window = { ...message.window, time: "arrival" };
    const ranges = Array.from({ length: 64 }, (_, i) => [2 * i, 2 * i]);
    const sources = [{ id: "sim", epoch: 1, partition: 0, ranges, duplicates: 3, truncated: true }];
    expect(validateMessage({ ...message, window, sources, partial: true, revision: 2 })).toEqual([]);
  });
});

describe("the schema of segments, timing, read-out and trigger words", () => {
  const [tracks] = expectedMessages(pairOf(muonsFolder, "tracks.csv"));
  const whole = { ...tracks!, emitted_ms: 1_700_000_000_000 };
  const complaints = (change: (message: typeof whole) => void): string[] => {
    const copy = structuredClone(whole);
    change(copy);
    return validateMessage(copy);
  };

  it("accepts a message of generated tracks, with up to eight chambers", () => {
    expect(validateMessage(whole)).toEqual([]);
    expect(
      complaints(({ segment_chamber, noise_chamber, chamber_pair }) => {
        segment_chamber!["7"] = segment_chamber!["0"]!;
        noise_chamber!["7"] = noise_chamber!["0"]!;
        chamber_pair!["4-5-7"] = chamber_pair!["0-2-3"]!;
      }),
    ).toEqual([]);
  });

  it.each<[string, (message: typeof whole) => void]>([
    ["a ninth chamber", ({ segment_chamber: of }) => (of!["8"] = of!["0"]!)],
    ["a layer too few", ({ segment_chamber: of }) => of!["0"]!.layer_missed.pop()],
    ["a cell too many", ({ noise_chamber: of }) => of!["0"]!.cells.push(0)],
    ["a bin too few", ({ segment_chamber: of }) => of!["0"]!.angle.hist_counts.pop()],
    ["another axis", ({ segment_chamber: of }) => (of!["0"]!.residual[2]!.upper = 5)],
    ["a fractional count", ({ chamber_pair: of }) => (of!["0-2"]!.found = 0.5)],
    ["a pair without chamber numbers", ({ chamber_pair: of }) => (of!["a-b"] = of!["0-2"]!)],
    ["a ninth FPGA", ({ read_out: of }) => (of!["8"] = of!["0"]!)],
    ["a TDC bin too few", ({ read_out: of }) => of!["0"]!.tdc.pop()],
    ["a channel that is not a number", ({ read_out: of }) => (of!["0"]!.internal["x"] = 1)],
    ["a source without orbits", ({ timing: of }) => Reflect.deleteProperty(of!["scintillator"]!, "orbits")],
    ["six numbers of layers", ({ trigger_words: of }) => of!["0"]!.layers.push(0)],
    ["25 segments", ({ muons: of }) => of!.push(...Array<(typeof of & object)[0]>(25).fill(of![0]!))],
    ["sides with an invalid letter", ({ muons: of }) => (of![0]!.sides = "LRLX")],
    ["a cell 64", ({ muons: of }) => (of![0]!.cells[1] = 64)],
    ["an unknown key of a segment", ({ muons: of }) => Object.assign(of![0]!, { chi2: 1 })],
  ])("refuses %s", (_, change) => {
    expect(complaints(change).length).toBeGreaterThan(0);
  });
});

describe("the text of a message", () => {
  it("is compact and in order, with emitted_ms last", () => {
    expect(validateLine(JSON.stringify(message))).toEqual([]);
    expect(validateLine(JSON.stringify(message, null, 1))).toContainEqual(
      expect.stringContaining("not compact"),
    );
    expect(validateLine(JSON.stringify({ emitted_ms: 1, ...golden }))).toContainEqual(
      expect.stringContaining("the last key is revision"),
    );
  });

  it("has no -0", () => {
    const line = JSON.stringify(message).replace('"underflow":0', '"underflow":-0');
    expect(validateLine(line)).toEqual(["not compact JSON as JavaScript writes it"]);
  });
});

// A window of 100 rows, made at 2000 ms as revision 1.
it.each([
  ["an earlier revision that a lost host wrote late", { revision: 0, emitted_ms: 1000, rows: 90 }, true],
  [
    "the same revision with fewer rows, from before a task was replaced",
    { revision: 1, emitted_ms: 1000, rows: 90 },
    true,
  ],
  [
    "a later revision with fewer rows, from before a task was replaced",
    { revision: 2, emitted_ms: 1000, rows: 90 },
    true,
  ],
  ["an earlier revision with the same rows", { revision: 0, emitted_ms: 1000, rows: 100 }, true],
  ["the same message again", { revision: 1, emitted_ms: 2000, rows: 100 }, false],
  ["more rows from a host whose clock is behind", { revision: 0, emitted_ms: 1000, rows: 110 }, false],
  ["fewer rows of a job that started again", { revision: 0, emitted_ms: 3000, rows: 90 }, false],
])("%s: whether it is outdated", (_, { revision, emitted_ms, rows }, expected) => {
  const held = { revision: 1, emitted_ms: 2000, ledger: { rows: 100 } };
  expect(isOutdated({ revision, emitted_ms, ledger: { rows } }, held)).toBe(expected);
});
