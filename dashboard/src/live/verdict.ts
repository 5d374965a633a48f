/** The lights as shown: the bridge judges them; the browser only adds the state of its connection. */
import {
  activeSinceMs,
  chambersOf,
  worstState,
  type Alarm,
  type Finding,
  type Quality,
  type QualityState,
  type Verdict,
} from "../../../pipeline/model/index.js";
import { capital, findingWords, ownNumbers } from "../words/findings.js";
import { age } from "../words/format.js";
import { standing } from "./alarms.js";
import type { Connection } from "./connection.js";

export interface ShownVerdict {
  state: QualityState;
  /** The reason, as text. */
  reason: string;
  /**
   * Start of the fault that the reason names, as in its alarm, or of this state without a fault; server clock, ms. Null
   * if not known.
   */
  sinceMs: number | null;
  /** Instruction for a fault that this browser finds; the bridge raises no alarm for it. */
  whatToDo?: string;
}

/** The data that this browser has received. */
export interface Heard {
  connection: Connection;
  /** Server clock at the loss of the connection, ms; null while connected. */
  lostMs: number | null;
  /** Whether this browser woke up within the last seconds. */
  justSlept: boolean;
  quality: Quality | null;
  alarms: readonly Alarm[];
  /** Age of the newest window, ms; null before the first. */
  ageMs: number | null;
  /** Whether a window is overdue at that age. */
  overdue: boolean;
}

const unjudged: ShownVerdict = { state: "none", reason: "not judged yet", sinceMs: null };

const whenStopped = "Check the data path, beginning with its first silent stage.";
const whenLost =
  "The page keeps trying to connect. Check the network of this computer, and open the page on another one. If that fails too, Muonitor or its machine has stopped: call the data-path expert.";

/** The main light of the page. */
export function wholeVerdict(heard: Heard): ShownVerdict {
  const { connection, lostMs, justSlept, quality } = heard;
  if (connection === "live") {
    if (quality === null) return unjudged;
    const newer = newerFindings(heard).map((finding) => fromFinding(finding, findingWords(finding)));
    const verdict = worst([shown(quality.whole, heard), ...newer]);
    if (verdict.state !== "good" || !heard.overdue) return verdict;
    const reason = `The data has stopped: ${noDataWords(heard)}`;
    return { state: "bad", reason, sinceMs: null, whatToDo: whenStopped };
  }
  const here = (state: QualityState, reason: string): ShownVerdict => ({ state, reason, sinceMs: null });
  if (connection === "refused") return here("none", "Token required");
  if (connection === "connecting") return here("none", "Connecting to the server");
  if (justSlept) return here("none", "This browser was asleep: connecting again");
  const reason = "No connection to the server: everything here is out of date";
  return { state: "bad", reason, sinceMs: lostMs, whatToDo: whenLost };
}

export function chamberVerdict(heard: Heard, chamber: number): ShownVerdict {
  const verdict = partVerdict(heard, heard.quality?.chambers[chamber]);
  if (heard.connection !== "live" || heard.quality === null) return verdict;
  const own = newerFindings(heard).filter(({ scope }) => chambersOf(scope).includes(chamber));
  return worst([verdict, ...own.map((finding) => fromFinding(finding, capital(finding.reason)))]);
}

export function scintillatorVerdict(heard: Heard): ShownVerdict {
  return partVerdict(heard, heard.quality?.scintillator);
}

/** The light of a part. A judgement from before a loss of connection or data is not shown as the current state. */
function partVerdict(heard: Heard, verdict: Verdict | undefined): ShownVerdict {
  if (verdict === undefined) return unjudged;
  const was = `was ${verdict.state}: ${ownNumbers(verdict.reason)}`;
  if (heard.connection !== "live") return { state: "none", reason: `unknown; ${was}`, sinceMs: null };
  if (heard.overdue && verdict.state !== "none") {
    return { state: "none", reason: `${noDataWords(heard)}; ${was}`, sinceMs: null };
  }
  return shown(verdict, heard);
}

function noDataWords({ ageMs }: Heard): string {
  return ageMs === null ? "no data yet" : `no data for ${age(ageMs)}`;
}

/** Findings of alarms that arrived before the judgement that raised them: no light may contradict an active alarm. */
function newerFindings({ alarms, quality }: Heard): Finding[] {
  const judgedMs = quality?.judged_ms ?? Infinity;
  return standing(alarms).flatMap(({ finding, raised_ms }) => (raised_ms > judgedMs ? [finding] : []));
}

function worst(verdicts: readonly ShownVerdict[]): ShownVerdict {
  const state = worstState(verdicts.map((one) => one.state));
  return verdicts.find((one) => one.state === state) ?? unjudged;
}

function fromFinding({ state, since_ms: sinceMs }: Finding, reason: string): ShownVerdict {
  return { state, reason, sinceMs };
}

function shown(verdict: Verdict, heard: Heard): ShownVerdict {
  return { state: verdict.state, reason: capital(verdict.reason), sinceMs: startOf(verdict, heard) };
}

/** A fault does not start again when it becomes less severe, nor when another one ends. */
function startOf({ finding: key, since_ms }: Verdict, { alarms, quality }: Heard): number {
  if (key === null) return since_ms;
  const alarm = standing(alarms).find(({ finding }) => finding.key === key);
  if (alarm !== undefined) return activeSinceMs(alarm);
  return quality?.findings.find((one) => one.key === key)?.since_ms ?? since_ms;
}
