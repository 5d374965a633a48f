/** The validator for readers of `data_clean`, checked with the golden messages. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FormatError, type WindowMessage } from "../../pipeline/model/index.js";
import { validateMessage as validate } from "../../pipeline/steps/validate.js";
import { validateMessage as complaintsOf } from "../reference/validate-message.js";
import { examplesFolder, expectedLines, pairsIn, validFolder } from "./pairs.js";

const invalidFolder = join(import.meta.dirname, "invalid");
const readInvalid = (name: string): unknown => JSON.parse(readFileSync(join(invalidFolder, name), "utf8"));
/** Messages that violate the schema: the reference's complaint begins with a path. */
const formNames = readdirSync(invalidFolder)
  .filter((name) => name.endsWith(".json"))
  .filter((name) => complaintsOf(readInvalid(name)).some((complaint) => /^(\/| must)/.test(complaint)));
const pairs = [...pairsIn(validFolder), ...pairsIn(examplesFolder)];

const complete = (line: string): WindowMessage => ({ ...(JSON.parse(line) as WindowMessage), emitted_ms: 1 });

describe("the validator", () => {
  it.each(pairs)("accepts the messages of $name", (pair) => {
    for (const line of expectedLines(pair)) expect(validate(complete(line))).toEqual(complete(line));
  });

  it("accepts unknown keys", () => {
    const message = { ...complete(expectedLines(pairs.at(-1)!)[0]!), colour: "blue" };
    expect(validate(message)).toBe(message);
  });

  it.each(formNames)("rejects %s, like the schema", (name) => {
    expect(() => validate(readInvalid(name))).toThrow(FormatError);
  });

  it.each(["ledger-gap", "hits-not-in-chambers", "hits-not-in-ledger"])(
    "finds the wrong sums of %s",
    (name) => {
      const message: unknown = JSON.parse(readFileSync(join(invalidFolder, `${name}.json`), "utf8"));
      expect(() => validate(message)).toThrow(/does not add up|hits, but/);
    },
  );

  it.each([null, 3, "text", [], {}])("rejects %j in one line", (value) => {
    expect(() => validate(value)).toThrow(/^not a message: [^\n]+$/);
  });
});
