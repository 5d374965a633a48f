/** Derives the lights from findings: chambers, scintillator, data path, whole detector. */
import {
  chambersOf,
  worstState,
  type Finding,
  type Quality,
  type QualityChange,
  type QualityState,
  type RuleId,
  type Verdict,
} from "../../../pipeline/model/index.js";
import { isAlarming } from "./alarms.js";
import { ofRows } from "./causes.js";
import { plural } from "./words.js";

/** A verdict without its start time. */
type Light = Omit<Verdict, "since_ms">;

interface Lights {
  whole: Light;
  chambers: Light[];
  scintillator: Light;
  data: Light;
}

const noWindowYet: Light = { state: "none", reason: "no window has arrived yet", finding: null };

/** Light of a set-up without a timing source. */
const noTiming: Light = { state: "none", reason: "this set-up has no timing source", finding: null };

/** Parts of a set-up that have a light. */
interface LitParts {
  /** Numbers of the chambers. */
  chambers: readonly number[];
  hasTiming: boolean;
}

export function lightsOf(findings: readonly Finding[], hasWindow: boolean, parts: LitParts): Lights {
  if (!hasWindow) {
    const chambers = parts.chambers.map(() => noWindowYet);
    const data = findings.length === 0 ? noWindowYet : worstOf(findings, noWindowYet.reason);
    return { whole: data, chambers, scintillator: noWindowYet, data };
  }
  findings = findings.filter(isShown);
  const data = worstOf(findings.filter(isOfStream), "the data flows and adds up");
  const silence = findings.find(({ rule, state }) => silencers.includes(rule) && state !== "warning");
  const own = parts.chambers.map((chamber) =>
    findings.filter((finding) => isOfEach(finding) || chambersOf(finding.scope).includes(chamber)),
  );
  const chambers = own.map((ofChamber) =>
    silence === undefined ? worstOf(ofChamber, "all cells give hits") : silentLight(silence),
  );
  const scintillator =
    silence === undefined
      ? worstOf(
          findings.filter((finding) => finding.scope.kind === "scintillator" || isDeadTime(finding)),
          "the scintillator gives signals",
        )
      : silentLight(silence);
  const whole = wholeOf(findings, data, chambers, parts.hasTiming ? [scintillator] : []);
  return {
    whole,
    chambers: chambers.map((light, i) => withOthers(light, own[i] ?? [])),
    scintillator: parts.hasTiming ? scintillator : noTiming,
    data,
  };
}

/** Adds the number of other alarms of a chamber to the reason of its light. */
function withOthers(light: Light, findings: readonly Finding[]): Light {
  if (light.state !== "bad" && light.state !== "warning") return light;
  const others = findings.filter((one) => one.key !== light.finding && isAlarming(one)).length;
  return others === 0
    ? light
    : { ...light, reason: `${light.reason} (and ${plural(others, "other alarm")})` };
}

/** Rules that judge a chamber by comparison with others: the cause of their findings locates the fault. */
const shared: readonly string[] = [
  "chamber-order",
  "fpga-orbit",
  "segment-loss",
  "chamber-rate",
  "shape",
  "time-offset",
  "timing-loss",
];

/**
 * Whether a finding changes the lights: causes do, and their effects on the affected part. Effects of lost or duplicate rows on
 * the chambers are not faults of the chambers.
 */
function isShown({ cause, rule }: Finding): boolean {
  return cause === null || (!shared.includes(rule) && !ofRows.includes(cause.split(" ")[0] as RuleId));
}

/** Rules that report a fault of every chamber as one of the whole detector: each chamber has it. */
const ofEachChamber: readonly string[] = [
  "after-pulses",
  "chamber-rate",
  "drift-velocity",
  "no-muons",
  "noise",
  "stuck",
  "time-offset",
];

function isOfEach({ scope, rule }: Finding): boolean {
  return scope.kind === "whole" && ofEachChamber.includes(rule);
}

/** Dead time of the whole read-out, in which the signals of the timing source are lost too. */
function isDeadTime({ scope, numbers }: Finding): boolean {
  return scope.kind === "whole" && numbers["dead_time"] !== undefined;
}

/** Rules on silence, in which the chambers cannot be judged. */
const silencers: readonly string[] = ["stream-silent", "no-rows"];

function silentLight(silence: Finding): Light {
  return { state: "none", reason: `no data: ${silenceWords(silence)}`, finding: silence.key };
}

function silenceWords({ rule, state, numbers }: Finding): string {
  if (rule === "stream-silent")
    return state === "none" ? "waiting for the first window" : "the stream is silent";
  return (numbers["rows"] ?? 0) > 0 ? "none of the rows is a hit" : "no rows arrive";
}

function isOfStream({ scope }: Finding): boolean {
  return scope.kind === "stream" || scope.kind === "ledger";
}

function worstOf(findings: readonly Finding[], whenGood: string): Light {
  const state = worstState(findings.map((finding) => finding.state));
  const worst = findings.find((finding) => finding.state === state);
  if (worst === undefined || state === "good") return { state: "good", reason: whenGood, finding: null };
  return { state, reason: worst.reason, finding: worst.key };
}

/** @param timing lights of the timing source, if the set-up has one */
function wholeOf(findings: readonly Finding[], data: Light, chambers: Light[], timing: Light[]): Light {
  const ofAll = worstOf(
    findings.filter(({ scope }) => scope.kind === "whole"),
    "",
  );
  const lights = [data, ofAll, ...chambers, ...timing];
  const state = worstState(lights.map((light) => light.state));
  if (state === "good") return { state, reason: "all chambers are good", finding: null };
  if (state === "few") return { state, reason: collectingOf([...chambers, ...timing], state), finding: null };
  const light = lights.find((one) => one.state === state) ?? data;
  return { ...light, reason: wordsOf(findings, light, chambers, state) };
}

function collectingOf(lights: Light[], state: QualityState): string {
  return lights.find((light) => light.state === state)?.reason ?? "";
}

/** Adds the chamber if the reason does not name it, and the number of other alarms. Consequences do not count. */
function wordsOf(findings: readonly Finding[], light: Light, chambers: Light[], state: QualityState): string {
  const finding = findings.find(({ key }) => key === light.finding);
  const own = finding === undefined ? [] : chambersOf(finding.scope);
  const [chamber] = own;
  const reason =
    own.length === 1 && chambers.includes(light)
      ? `chamber ${finding?.chamber_name ?? chamber}: ${light.reason}`
      : light.reason;
  const isAlarm = state === "bad" || state === "warning";
  const others = findings.filter(
    (one) => one.key !== light.finding && (isAlarm ? isAlarming(one) : one.state === state),
  );
  if (others.length === 0) return reason;
  return `${reason} (and ${isAlarm ? plural(others.length, "other alarm") : `${others.length} more`})`;
}

type Verdicts = Pick<Quality, "whole" | "data" | "scintillator" | "chambers">;

/** The moment at which lights are judged. */
interface LightMoment {
  /** The lights before. */
  before: Verdicts | null;
  nowMs: number;
  /** msg_ID of the newest window; null before the first. */
  windowId: number | null;
  onChange: ((change: QualityChange) => void) | undefined;
}

/** Adds the time since which each light has its state, and reports the changes. */
export function sinceWhen(lights: Lights, { before, nowMs, windowId, onChange }: LightMoment): Verdicts {
  const since = (name: QualityChange["light"], light: Light, last: Verdict | undefined): Verdict => {
    if (last?.state === light.state) return { ...light, since_ms: last.since_ms };
    const [from, to] = [last?.state ?? "none", light.state];
    if (from !== to)
      onChange?.({ at_ms: nowMs, window_id: windowId, light: name, from, to, reason: light.reason });
    return { ...light, since_ms: nowMs };
  };
  return {
    whole: since("whole", lights.whole, before?.whole),
    data: since("data", lights.data, before?.data),
    scintillator: since("scintillator", lights.scintillator, before?.scintillator),
    chambers: lights.chambers.map((light, chamber) => since({ chamber }, light, before?.chambers[chamber])),
  };
}
