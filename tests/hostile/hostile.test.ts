/** The hostile corpus through the reference and, as files, through the implementation. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { processFile } from "../helpers/process-file.js";
import { expectSameRun } from "../reference/compare.js";
import { decodeFile, decodeMessage } from "../reference/decode.js";
import { plainLedger } from "../reference/plain-ledger.js";
import { runFiles } from "../reference/run.js";
import { ledgerOf } from "../reference/summarise.js";
import { casesOn, hostileCorpus } from "./corpus.js";

const folder = mkdtempSync(join(tmpdir(), "muonitor-hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("the names of the hostile cases are unique", () => {
  expect(new Set(hostileCorpus.map(({ name }) => name)).size).toBe(hostileCorpus.length);
});

describe.each(["csv", "json", "dat"] as const)("a hostile %s file", (format) => {
  it.each(casesOn(format))("$name: reference", ({ bytes, ledger }) => {
    expect(plainLedger(ledgerOf(decodeFile(bytes(), format)))).toEqual(ledger);
  });

  it.each(casesOn(format))("$name: implementation", async ({ bytes, ledger }) => {
    const path = join(folder, `hostile.${format}`);
    writeFileSync(path, bytes());
    const processed = await processFile(path);
    expect(plainLedger(processed.summary)).toEqual(ledger);
    expectSameRun(processed, runFiles([{ bytes: bytes(), format }]));
  });
});

describe.each([
  ["message", "text"],
  ["words", "words"],
] as const)("a hostile %s", (route, format) => {
  it.each(casesOn(route))("$name: reference", ({ bytes, ledger }) => {
    expect(plainLedger(ledgerOf(decodeMessage(bytes(), format)))).toEqual(ledger);
  });
});
