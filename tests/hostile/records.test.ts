/** The hostile corpus as values of the topic, together with good values, through Beam's direct runner. */
import { describe, expect, it } from "vitest";
import { windowMessagesDirect } from "../../pipeline/beam/index.js";
import type { RawRecord, WindowMessage } from "../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import { knownPart } from "../reference/compare.js";
import { plainLedger } from "../reference/plain-ledger.js";
import { runRecords } from "../reference/run.js";
import { validateLine } from "../reference/validate-message.js";
import { casesOn } from "./corpus.js";
import { goodCsv } from "./make-case.js";

const timestampMs = 1_800_000_000_123;
const recordOf = (value: Uint8Array): RawRecord => ({ key: null, value, timestampMs, partition: 0 });

async function messagesOf(records: RawRecord[], config: PipelineConfig): Promise<WindowMessage[]> {
  const results = await windowMessagesDirect(config, records);
  for (const { json } of results) expect(validateLine(json)).toEqual([]);
  return results.map(({ json }) => JSON.parse(json) as WindowMessage);
}

describe("a hostile value among good ones", () => {
  const good = recordOf(new TextEncoder().encode(goodCsv));

  it.each(casesOn("message"))("$name", async ({ bytes, ledger }) => {
    const [message] = await messagesOf([recordOf(bytes())], defaultPipelineConfig);
    expect(plainLedger(message!.ledger)).toEqual(ledger);
    const records = [good, recordOf(bytes()), good];
    const messages = await messagesOf(records, defaultPipelineConfig);
    expect(messages.map(knownPart)).toEqual(runRecords(records).map(knownPart));
  });
});

describe("hostile words", () => {
  it.each(casesOn("words"))("$name", async ({ bytes, ledger }) => {
    const records = [recordOf(bytes())];
    const messages = await messagesOf(records, { ...defaultPipelineConfig, format: "dat" });
    expect(plainLedger(messages[0]!.ledger)).toEqual(ledger);
    expect(messages.map(knownPart)).toEqual(runRecords(records, 5, "words").map(knownPart));
  });
});
