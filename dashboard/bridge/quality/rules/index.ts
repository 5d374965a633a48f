/** The rules in the order of judging: causes of many findings come first. */
import type { RuleId } from "../../../../pipeline/model/index.js";
import type { Rule } from "../view.js";
import { deadCells, deadLayers, silentChambers } from "./dead.js";
import { chamberRates, driftTimes, hotCells, shapes, stuck } from "./shape.js";
import {
  clock,
  duplicates,
  lateRows,
  ledger,
  malformed,
  noRows,
  scintillator,
  sequenceGaps,
  unmapped,
} from "./stream.js";

export { streamSilent, windowAhead } from "./stream.js";

/** Each function with the rules that it implements; it runs when one of them is enabled. */
export const windowRules: readonly (readonly [Rule, readonly RuleId[]])[] = [
  [noRows, ["no-rows"]],
  [sequenceGaps, ["sequence-gaps"]],
  [duplicates, ["duplicates"]],
  [lateRows, ["late-rows"]],
  [ledger, ["ledger"]],
  [malformed, ["malformed"]],
  [unmapped, ["unmapped"]],
  [clock, ["clock"]],
  [scintillator, ["scintillator"]],
  [silentChambers, ["silent-chamber", "dead-fpga"]],
  [deadLayers, ["dead-layer"]],
  [deadCells, ["dead-cell", "live-cells"]],
  [hotCells, ["hot-cell"]],
  [chamberRates, ["chamber-rate"]],
  [driftTimes, ["drift-time"]],
  [stuck, ["stuck"]],
  [shapes, ["shape"]],
];
