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

/** The gravest fault speaks; of equals the one further upstream, which explains what is downstream. */
export function verdictOf(input: VerdictInput): Judgement {
  const nothingKnown = judgeLine(input) ?? judgeStart(input);
  if (nothingKnown !== null) return nothingKnown;
  const faults = [judgeData(input), judgeLedger(input), judgeDetector(input.judgements)].filter(
    (one) => one !== null,
  );
  return gravest(faults) ?? { light: "good", reason: "All chambers are good" };
}

const gravity = ["bad", "warning", "none", "few"] as const;

function gravest(faults: Judgement[]): Judgement | undefined {
  return gravity.map((light) => faults.find((one) => one.light === light)).find((one) => one !== undefined);
}

function judgeLine({ connection }: VerdictInput): Judgement | null {
  if (connection === "live") return null;
  if (connection === "connecting") return { light: "none", reason: "Connecting to the bridge" };
  return { light: "bad", reason: "The bridge is out of reach" };
}

/** Before the first window only a fault on the way can be told. */
function judgeStart(input: VerdictInput): Judgement | null {
  if (input.newest !== null || judgeData(input)?.light === "bad") return null;
  return { light: "none", reason: "No window yet" };
}

function judgeData({ status, dataAgeMs }: VerdictInput): Judgement | null {
  if (status?.problem) return { light: "bad", reason: status.problem };
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

function judgeDetector(judgements: readonly Judgement[]): Judgement | null {
  const worst = gravest([...judgements]);
  if (worst === undefined) return null;
  if (judgements.every(({ light }) => light === "few"))
    return { light: "few", reason: "Collecting hits to judge by" };
  if (judgements.every(({ reason }) => reason === worst.reason))
    return { ...worst, reason: capital(worst.reason) };
  return { ...worst, reason: `Chamber ${judgements.indexOf(worst)}: ${worst.reason}` };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
