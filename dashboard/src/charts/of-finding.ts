/** The plot in which a finding is seen: for evidence, and for the wall. */
import { chambersOf, type Finding, type RuleId } from "../../../pipeline/model/index.js";
import type { Picture } from "../live/picture.js";
import type { PlotKind } from "../words/plots.js";
import { chamberLabel } from "./names.js";
import { multiplicityChart } from "./active-channels.js";
import { driftTimeChart, driftTimeOverviewChart } from "./drift-time.js";
import { occupancyChart, occupancyOverviewChart } from "./occupancy.js";
import type { ChartSpec, Look } from "./spec.js";

interface FindingPlot {
  kind: PlotKind;
  title: string;
  spec: ChartSpec;
}

const ofTimes: readonly RuleId[] = ["drift-time", "time-offset", "layer-time", "drift-velocity", "residual"];
const ofMultiplicity: readonly RuleId[] = ["no-muons", "segment-loss", "timing-loss"];
/** Seen in the rate against time, which is on the page anyway. */
const ofStream: readonly RuleId[] = [
  ...["stream-silent", "window-ahead", "no-rows", "sequence-gaps", "duplicates", "late-rows", "ledger"],
  ...["malformed", "unmapped", "clock", "orbit-counter", "fpga-orbit"],
] as RuleId[];

/** Null where no histogram shows it. */
export function plotOfFinding(
  { rule, scope }: Pick<Finding, "rule" | "scope">,
  picture: Picture | null,
  look: Look,
): FindingPlot | null {
  if (ofStream.includes(rule)) return null;
  const [chamber, ...others] = chambersOf(scope);
  if (chamber === undefined || others.length > 0) return overview(rule, scope, picture, look);
  const label = chamberLabel(look, chamber);
  const name = label.charAt(0).toUpperCase() + label.slice(1);
  if (ofTimes.includes(rule))
    return {
      kind: "drift",
      title: `Drift time · ${name}`,
      spec: driftTimeChart(picture, chamber, look),
    };
  if (ofMultiplicity.includes(rule)) {
    const title = `Active channels per orbit · ${name}`;
    return { kind: "multiplicity", title, spec: multiplicityChart(picture, chamber, look) };
  }
  const title = `Channel occupancy · ${name}`;
  return { kind: "occupancy", title, spec: occupancyChart(picture, chamber, "all", look) };
}

function overview(
  rule: RuleId,
  scope: Finding["scope"],
  picture: Picture | null,
  look: Look,
): FindingPlot | null {
  if (ofTimes.includes(rule) || scope.kind === "scintillator")
    return { kind: "drift", title: "Drift time", spec: driftTimeOverviewChart(picture, look) };
  return { kind: "occupancy", title: "Channel occupancy", spec: occupancyOverviewChart(picture, look) };
}
