/** `process --save-reference` saves the sum of a run's windows as a reference. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { checkReference } from "../../dashboard/bridge/monitor/check-reference.js";
import { type Reference } from "../../pipeline/model/index.js";
import { examplesFolder, expectedMessages, expectedSummary, pairOf } from "../golden/pairs.js";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const pair = pairOf(examplesFolder, "sample-large.csv");
const schemaOf = (name: string): object =>
  JSON.parse(
    readFileSync(new URL(`../../pipeline/model/${name}.schema.json`, import.meta.url), "utf8"),
  ) as object;
const hasForm = new Ajv2020({ strict: true, allowUnionTypes: true })
  .addSchema(schemaOf("message"))
  .compile(schemaOf("reference"));

async function saved(name: string): Promise<Reference> {
  const args = ["process", "--input", pair.path, "--output", join(scratch.path, "out.jsonl")];
  const { code, stderr } = await runCli([...args, "--save-reference", name, "--state-dir", scratch.path]);
  expect(code).toBe(0);
  const path = join(scratch.path, "references", `${name}.json`);
  expect(stderr).toContain(`reference saved: ${path}\n`);
  return JSON.parse(readFileSync(path, "utf8")) as Reference;
}

describe("a saved reference", () => {
  it("conforms to its schema, and the bridge reads it", async () => {
    const reference = await saved("good-run");
    expect(hasForm(reference), JSON.stringify(hasForm.errors)).toBe(true);
    expect(checkReference(reference)).toBeNull();
    expect(reference).toMatchObject({ name: "good-run", source: `process ${pair.path}` });
  });

  it("is the sum of the windows", async () => {
    const messages = expectedMessages(pair);
    const reference = await saved("sum");
    const sumOf = (valueOf: (message: (typeof messages)[number]) => number): number =>
      messages.reduce((sum, message) => sum + valueOf(message), 0);
    expect(reference.windows).toBe(messages.length);
    expect(reference.seconds).toBe(5 * messages.length);
    expect(reference.hit_count).toBe(expectedSummary(pair).hits);
    for (const key of ["0", "1", "2", "3"] as const) {
      const counts = reference.tdc_counts_chamber[key].hist_counts;
      expect(counts[7]).toBe(sumOf((message) => message.tdc_counts_chamber[key].hist_counts[7] ?? 0));
      expect(reference.drift_time_chamber[key].overflow).toBe(
        sumOf((message) => message.drift_time_chamber[key].overflow),
      );
    }
  });

  it("without windows is refused in one line", async () => {
    const args = ["process", "--input", scratch.write("empty.csv", ""), "--save-reference", "none"];
    const { code, stderr } = await runCli([...args, "--state-dir", scratch.path]);
    expect([code, stderr]).toEqual([1, "muonitor: reference none: the run has no windows\n"]);
  });
});
