/** Judges a row of the table of faults: number of windows until the light, until the correct reason, and until it clears. */
import { referenceOf, sumWindows } from "../../../dashboard/bridge/monitor/sums.js";
import { QualityJudge } from "../../../dashboard/bridge/quality/index.js";
import {
  chambersOf,
  type Finding,
  type Quality,
  type Reference,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { SimulatedWindows } from "../../../producer/simulated-windows.js";
import type { FaultRow } from "./fault-table.js";

const goodWindows = 30;
const faultWindows = 14;
const afterWindows = 8;
/** Windows within which a fault clears after its repair. */
const clearWithin = 4;

export interface Outcome {
  name: string;
  mode: string;
  /** Number of windows after the start of the fault; null: never. */
  light: number | null;
  named: number | null;
  cleared: number | null;
  within: number;
  /** Alarms that were active at the end of the fault. */
  alarms: string[];
  /** Requirements of the table that are not met. */
  missing: string[];
}

export function replay(row: FaultRow, seed: number): Outcome[] {
  const windows = new SimulatedWindows({
    seed: 1000 * seed + row.name.length,
    faults: row.faults.map((fault) => ({ fault, from: goodWindows, to: goodWindows + faultWindows })),
  }).take(goodWindows + faultWindows + afterWindows);
  const reference = row.from === "A" ? null : referenceFor(seed);
  const fromStart = windows.slice(goodWindows);
  // Without earlier good data, a fault that needs a comparison is found only with a reference; a jump needs earlier data.
  const canStart = row.from === "P" || (row.from === "A" && !row.name.includes("jump"));
  return [
    run(row, "mid run", windows, goodWindows, null),
    ...(canStart ? [run(row, "from the start", fromStart, 0, null)] : []),
    ...(reference === null ? [] : [run(row, "with a reference, from the start", fromStart, 0, reference)]),
  ];
}

const references = new Map<number, Reference>();

function referenceFor(seed: number): Reference {
  const known = references.get(seed);
  if (known !== undefined) return known;
  const windows = new SimulatedWindows({ seed: 900_000 + seed }).take(120);
  const reference = referenceOf(sumWindows(windows)!, "good day", "test", 0);
  references.set(seed, reference);
  return reference;
}

function run(
  row: FaultRow,
  mode: string,
  windows: readonly WindowMessage[],
  good: number,
  reference: Reference | null,
): Outcome {
  const judge = new QualityJudge();
  if (reference !== null) judge.setReference({ id: "r", reference });
  const outcome: Outcome = {
    name: row.name,
    mode,
    light: null,
    named: null,
    cleared: null,
    within: row.within,
    alarms: [],
    missing: [],
  };
  const isBursting = row.name.includes("burst");
  windows.forEach((message, i) => {
    const quality = judge.takeWindow(message, message.window.end_ms + 100);
    const alarms = alarmsOf(quality);
    const since = i - good + 1;
    if (since < 1) for (const { key } of alarms) outcome.missing.push(`false alarm before: ${key}`);
    else if (since <= faultWindows) note(outcome, row, quality, alarms, since);
    else if (alarms.length === 0) outcome.cleared ??= since - faultWindows;
    else if (outcome.cleared !== null)
      for (const { key } of alarms) outcome.missing.push(`alarm about the repair: ${key}`);
  });
  const { light, named, cleared } = outcome;
  if (light === null) outcome.missing.push("silent");
  if (named === null) outcome.missing.push("place and cause not named");
  else if (named > row.within) outcome.missing.push(`named after ${named} windows, not ${row.within}`);
  const isJump = row.name.includes("jump");
  // A burst remains active as intermittent, and a counter that jumps back jumps once more.
  if (!isBursting && !isJump && (cleared === null || cleared > clearWithin))
    outcome.missing.push(`cleared after ${cleared ?? "more"} windows`);
  return outcome;
}

function note(outcome: Outcome, row: FaultRow, quality: Quality, alarms: Finding[], since: number): void {
  const isLit = row.lights.some((light) => isFaulty(stateOf(quality, light)));
  if (isLit) outcome.light ??= since;
  if (isLit && alarms.some(({ reason }) => row.words.test(reason))) outcome.named ??= since;
  for (const { key, scope, numbers } of alarms) {
    // The page shows the plot over the windows that the rule judged.
    if (chambersOf(scope).length > 0 && !((numbers["windows"] ?? 0) >= 1))
      outcome.missing.push(`no number of windows: ${key}`);
  }
  outcome.alarms = alarms.map(({ key, reason }) => `${key}: ${reason}`);
}

function alarmsOf({ findings }: Quality): Finding[] {
  return findings.filter(({ state, cause }) => isFaulty(state) && cause === null);
}

const isFaulty = (state: string): boolean => state === "warning" || state === "bad";

function stateOf({ whole, data, scintillator, chambers }: Quality, light: string): string {
  if (light === "whole") return whole.state;
  if (light === "path") return data.state;
  if (light === "timing:scintillator") return scintillator.state;
  return chambers[Number(light.slice("chamber:".length))]?.state ?? "none";
}

export function describeTable(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(
    ({ name, mode, light, named, cleared, within, alarms, missing }) =>
      `| ${[name, mode, light ?? "never", named ?? "never", within, cleared ?? "-", alarms.join("; ") || "none", missing.join("; ") || "yes"].join(" | ")} |`,
  );
  const head = ["fault", "how", "light after", "named after", "within", "cleared after", "alarms", "passes"];
  return [`| ${head.join(" | ")} |`, `|${" --- |".repeat(head.length)}`, ...lines, ""].join("\n");
}
