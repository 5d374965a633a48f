/** The view that shows a fault: plot, chamber and the windows that the rule judged. */
import type { Alarm, Finding, RuleId, SampleKind } from "../../../pipeline/model/index.js";
import type { Zoom } from "../charts/spec.js";
import { areSameWindows, usualView, type ShownWindows, type View } from "../view/view.js";

type Place = Partial<View>;
/** A place with its windows. */
export type FaultView = Place & ShownWindows;

const segments =
  (at: string) =>
  (chamber: number | null): Place => ({
    tab: "muons",
    part: "segments",
    chamber,
    at,
  });
const cells =
  (at: string) =>
  (chamber: number | null): Place => ({
    tab: "muons",
    part: "cells",
    chamber,
    at: `${at}-${chamber ?? 0}`,
  });
const chamberPlot =
  (tab: "occupancy" | "drift", form: View["form"] = "bars") =>
  (chamber: number | null): Place =>
    chamber === null ? { tab: "overview", at: tab } : { tab, form, at: `${tab}-${chamber}` };
const fpgaPlot =
  (at: string) =>
  (_: number | null, fpga: number): Place => ({
    tab: "readout",
    at: `${at}-${fpga}`,
  });
const trend = (): Place => ({ tab: "overview", at: "hits" });
/** Beginning of the place of rejected rows, before their kind. */
export const rowsPlace = "rows-";
const rows = (kind: SampleKind) => (): Place => ({ panel: "rows", at: `${rowsPlace}${kind}` });
const table = (): Place => ({ tab: "readout", at: "read-out" });

type Numbers = Finding["numbers"];

/** The plot of each rule, by chamber (null for none or several), FPGA, numbers, reason and scope of the finding. */
const places: Record<
  RuleId,
  (chamber: number | null, fpga: number, numbers: Numbers, reason: string, scope: Finding["scope"]) => Place
> = {
  "stream-silent": trend,
  "window-ahead": trend,
  "no-rows": trend,
  "sequence-gaps": trend,
  duplicates: trend,
  "late-rows": trend,
  ledger: trend,
  malformed: rows("malformed"),
  unmapped: rows("unmapped"),
  clock: table,
  scintillator: table,
  "dead-fpga": fpgaPlot("tdc"),
  "silent-chamber": chamberPlot("occupancy", "cells"),
  "dead-layer": chamberPlot("occupancy", "cells"),
  "dead-cell": chamberPlot("occupancy", "cells"),
  "live-cells": chamberPlot("occupancy", "cells"),
  "hot-cell": chamberPlot("occupancy"),
  "chamber-rate": trend,
  "drift-time": chamberPlot("drift"),
  stuck: trend,
  shape: chamberPlot("occupancy"),
  "no-muons": segments("angle"),
  "layer-efficiency": segments("efficiency"),
  "cell-efficiency": cells("cellefficiency"),
  // Of all chambers, because a single one shows no loss: its segments have the usual angles.
  "segment-loss": () => segments("angle")(null),
  "time-offset": segments("t0"),
  "layer-time": segments("residual"),
  "drift-velocity": segments("meantimer"),
  residual: segments("residual"),
  cabling: (chamber, _, numbers, reason) => segments(cablingPlot(numbers, reason))(chamber),
  "chamber-order": segments("position"),
  // The cells of a chamber are compared with each other: a noise of all shows only beside the other chambers.
  noise: (chamber, _, _numbers, _reason, { kind }) =>
    kind === "chamber" ? { tab: "overview", at: "occupancy", chamber: null } : cells("cellnoise")(chamber),
  // After-pulses add a tail to the drift times, and few hits to the noise of each cell.
  "after-pulses": chamberPlot("drift"),
  "tdc-spectrum": fpgaPlot("tdc"),
  // A stuck bit hardly shows in the spectrum, whose bins are wider than most bits.
  "bx-spectrum": (chamber, fpga, numbers) => fpgaPlot("bit" in numbers ? "bxbits" : "bx")(chamber, fpga),
  "orbit-counter": table,
  "fpga-orbit": table,
  "timing-loss": table,
  "timing-noise": table,
  "timing-orbit": table,
  "timing-double": table,
  "trigger-words": (_, fpga, { fpga: silent = fpga }) => ({
    tab: "muons",
    part: "words",
    at: `word-dt0-${silent}`,
  }),
  "goodness-of-fit": segments("meantimer"),
  calibration: segments("t0"),
};

function cablingPlot(numbers: Numbers, reason: string): string {
  // Muons leave lines without the hit of an exchanged layer; few have the four hits that a residual needs.
  if ("layer" in numbers || reason.includes("layers")) return "efficiency";
  // Segments are missing at the ends of exchanged cables, and between the cells of a mirrored chamber; those found have
  // small residuals.
  return "position";
}

/** Maximum number of past windows that the bridge sums. */
const mostPastWindows = 60;

/**
 * The view that shows a finding, for the windows that its rule judged.
 * @param isPast whether the finding has ended: then for the windows of its numbers
 */
export function faultView(
  { rule, scope, numbers, reason, window_id, newest_window_id }: Finding,
  isPast = false,
): FaultView {
  const chamber = "chamber" in scope ? scope.chamber : null;
  const fpga = "fpga" in scope ? scope.fpga : 0;
  const judged = numbers["windows"] ?? 0;
  const windows = judged >= 1 ? Math.round(judged) : usualView.span;
  const cell = scope.kind === "cell" ? ([scope.chamber, scope.cell] as const) : null;
  const span = isPast ? Math.min(Number(windows), mostPastWindows) : windows;
  const window = isPast ? (newest_window_id ?? window_id) : null;
  return {
    full: null,
    panel: null,
    around: null,
    cell,
    chamber,
    span,
    window,
    ...places[rule](chamber, fpga, numbers, reason, scope),
  };
}

/** Minimum time shown before and after a past alarm. */
const leastMarginMs = 60_000;

/** The view that shows an alarm; if it has cleared, with its time on the axis of the hit rate. */
export function alarmView(alarm: Alarm, nowMs: number): FaultView {
  return { ...faultView(alarm.finding, alarm.cleared_ms !== null), around: timesAround(alarm, nowMs) };
}

/** The times of a cleared alarm, with the time before and after it; null if it is active. */
function timesAround({ raised_ms, after_ms, cleared_ms }: Alarm, nowMs: number): Zoom | null {
  if (cleared_ms === null) return null;
  const from = Math.min(raised_ms, after_ms ?? raised_ms);
  const margin = Math.max(leastMarginMs, (cleared_ms - from) / 2);
  return [Math.round(from - margin), Math.round(Math.min(cleared_ms + margin, Math.max(nowMs, cleared_ms)))];
}

/** The view of a fault, from which one step leads back to the windows shown before. */
export function withWayBack(fault: FaultView, { span, window, back: earlier }: View): FaultView {
  const back = earlier ?? { span, window };
  return { ...fault, back: areSameWindows(fault, back) ? null : back };
}

/** The root cause of a finding. */
export function causeOf(finding: Finding, findings: readonly Finding[]): Finding {
  const cause = findings.find(({ key }) => key === finding.cause);
  return cause === undefined
    ? finding
    : causeOf(
        cause,
        findings.filter((one) => one !== cause),
      );
}

/** Whether a cell of a chamber is dead by the findings. */
export function deadCells(
  findings: readonly Finding[],
  chamber: number,
  layerOf: (cell: number) => number,
): (cell: number) => boolean {
  const own = findings.filter(
    ({ rule, state }) => (rule === "dead-cell" || rule === "dead-layer") && state !== "few",
  );
  return (cell) =>
    own.some(({ scope }) => {
      if (scope.kind === "cell") return scope.chamber === chamber && scope.cell === cell;
      return scope.kind === "layer" && scope.chamber === chamber && scope.layer === layerOf(cell);
    });
}
