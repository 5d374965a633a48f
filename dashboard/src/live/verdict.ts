/** One light for the whole, with the one reason that matters most. */
import type { SystemStatus, WindowMessage } from "../../../pipeline/model/index.js";
import { ledgerGap } from "../../../pipeline/model/index.js";
import { hopNames } from "../words/names.js";
import type { Connection } from "./connection.js";
import { dataLight, hopLight } from "./freshness.js";
import type { Judgement } from "./judge.js";

export interface VerdictInput {
  connection: Connection;
  status: SystemStatus | null;
  newest: WindowMessage | null;
  dataAgeMs: number | null;
  judgements: readonly Judgement[];
}

/** The first rule that finds fault speaks: what is upstream explains what is downstream. */
export function verdictOf(input: VerdictInput): Judgement {
  return judgeLine(input) ?? judgeData(input) ?? judgeLedger(input) ?? judgeDetector(input.judgements);
}

function judgeLine({ connection }: VerdictInput): Judgement | null {
  if (connection === "live") return null;
  if (connection === "connecting") return { light: "none", reason: "Connecting to the bridge" };
  return { light: "bad", reason: "This browser has lost the bridge" };
}

function judgeData({ status, newest, dataAgeMs }: VerdictInput): Judgement | null {
  if (status?.problem) return { light: "bad", reason: status.problem };
  if (newest === null) return { light: "none", reason: "No window yet" };
  const silent = status?.hops.find((hop) => hopLight(hop, status, true) === "bad");
  if (silent !== undefined) return { light: "bad", reason: `${hopNames[silent.hop]} is silent` };
  const light = dataLight(dataAgeMs, status?.window_ms);
  return light === "good" ? null : { light, reason: "The data has stopped" };
}

function judgeLedger({ newest }: VerdictInput): Judgement | null {
  if (newest === null) return null;
  if (ledgerGap(newest.ledger) !== 0) return { light: "bad", reason: "The ledger does not add up" };
  const { malformed, rows } = newest.ledger;
  if (malformed > 0.01 * rows) return { light: "warning", reason: "Many malformed rows" };
  return null;
}

const gravity = ["bad", "warning", "none", "few"] as const;

function judgeDetector(judgements: readonly Judgement[]): Judgement {
  for (const light of gravity) {
    const chamber = judgements.findIndex((one) => one.light === light);
    const one = judgements[chamber];
    if (one === undefined) continue;
    if (judgements.every(({ reason }) => reason === one.reason))
      return { light, reason: capital(one.reason) };
    return { light, reason: `Chamber ${chamber}: ${one.reason}` };
  }
  return { light: "good", reason: "All chambers give good data" };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
