/** Short ways to state a hostile case. */
import { ledgerWith } from "../reference/plain-ledger.js";
import type { HostileCase, HostileRoute } from "./corpus.js";

type Parts = Parameters<typeof ledgerWith>[0];
type Expected = Partial<Record<HostileRoute, Parts>>;

export const goodCsv = "2,0,1,7,5,5";
export const goodJson = '{"HEAD":2,"FPGA":0,"TDC_CHANNEL":1,"ORBIT_CNT":7,"BX_COUNTER":5,"TDC_MEAS":5}';

export function makeCase(
  name: string,
  content: string | Uint8Array | (() => string),
  expected: Expected,
): HostileCase {
  const bytes = (): Uint8Array => Buffer.from(typeof content === "function" ? content() : content);
  const ledgers = Object.entries(expected).map(([route, parts]) => [route, ledgerWith(parts)]);
  return { name, bytes, expected: Object.fromEntries(ledgers) };
}

/** The same ledger as a CSV file and as one Kafka value. */
export function onText(parts: Parts): Expected {
  return { csv: parts, message: parts };
}

/** One row of CSV with the given text as its TDC_MEAS, followed by a good row. */
export function fieldCase(name: string, text: string | Buffer, parts: Parts): HostileCase {
  const bytes = Buffer.concat([Buffer.from("2,0,1,7,5,"), Buffer.from(text), Buffer.from(`\n${goodCsv}\n`)]);
  return makeCase(name, bytes, onText(parts));
}
