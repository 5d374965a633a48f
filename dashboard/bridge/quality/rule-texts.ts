/**
 * The meaning of each rule, and whom to call if its instruction does not help. The instruction itself, `what_to_do`,
 * is defined with the thresholds. A rules file can change all of these; guide.md is generated from them.
 */
import type { RuleId } from "../../../pipeline/model/index.js";

/** The people to call, by the names that rules use. A rules file replaces them with names and telephone numbers. */
export const defaultContacts = {
  shift: "the shift leader",
  detector: "the detector expert (high voltage, gas, front-end)",
  read_out: "the read-out expert",
  timing: "the timing expert",
  data: "the data-path expert",
};

interface RuleWords {
  meaning: string;
  /** Key of the contacts. */
  call: string;
}

const ruleWords: Record<RuleId, RuleWords> = {
  "stream-silent": {
    meaning: "No window arrives any more, or a stage of the data path has stopped.",
    call: "data",
  },
  "window-ahead": {
    meaning:
      "A window begins in the future. It is not counted, because it would hide the windows that follow.",
    call: "data",
  },
  "no-rows": {
    meaning: "Windows arrive without rows, or none of their rows is a hit.",
    call: "read_out",
  },
  "sequence-gaps": {
    meaning: "Messages of a producer are missing: rows are lost between producer and pipeline.",
    call: "data",
  },
  duplicates: { meaning: "The same messages arrive more than once.", call: "data" },
  "late-rows": {
    meaning: "Rows arrive after the end of their window. They correct it, or are dropped when too late.",
    call: "data",
  },
  ledger: {
    meaning: "The row counts do not add up: some rows are unaccounted for.",
    call: "data",
  },
  malformed: {
    meaning: "Rows cannot be read: they are not six numbers in the allowed ranges.",
    call: "data",
  },
  unmapped: { meaning: "Some hits are of channels that the detector file does not list.", call: "read_out" },
  clock: {
    meaning: "The orbit counter advances faster or slower than the time of the windows.",
    call: "data",
  },
  scintillator: { meaning: "No timing signal arrives, so there are no drift times.", call: "timing" },
  "dead-fpga": {
    meaning:
      "All chambers of one read-out board are silent, or its hits and trigger words are lost together.",
    call: "read_out",
  },
  "silent-chamber": { meaning: "A chamber has no hits, unlike the other chambers.", call: "detector" },
  "dead-layer": { meaning: "A layer, or several adjacent cells in it, has no hits.", call: "detector" },
  "dead-cell": { meaning: "A single cell has no hits.", call: "shift" },
  "live-cells": { meaning: "Many cells of a chamber have no hits.", call: "detector" },
  "hot-cell": { meaning: "A cell has many times the hits of its neighbours.", call: "detector" },
  "chamber-rate": {
    meaning:
      "The hit rate of a chamber, or of all chambers, differs from the reference or from the data's own past.",
    call: "shift",
  },
  "drift-time": {
    meaning: "The drift-time box has shifted or changed its width (windows without segments).",
    call: "detector",
  },
  stuck: { meaning: "Consecutive windows are exactly the same.", call: "read_out" },
  shape: {
    meaning: "The occupancy of the cells or the shape of the drift times differs from the comparison.",
    call: "detector",
  },
  "no-muons": { meaning: "Hits arrive, but hardly any belong to a muon.", call: "detector" },
  "layer-efficiency": {
    meaning: "A layer or a whole chamber has no hits for some muons that the other layers see.",
    call: "detector",
  },
  "cell-efficiency": {
    meaning: "A cell, or each of the four cells of a connector, loses hits.",
    call: "detector",
  },
  "segment-loss": {
    meaning: "A chamber misses some muons completely, although its layers are efficient: dead time.",
    call: "read_out",
  },
  "time-offset": {
    meaning: "t0 of the segments and the timing signals disagree: in one chamber, one read-out board or all.",
    call: "timing",
  },
  "layer-time": {
    meaning: "The hits of one layer are late or early compared with the other three.",
    call: "detector",
  },
  "drift-velocity": {
    meaning:
      "The drift-time boxes are wider or narrower than the configured drift velocity predicts: gas or field.",
    call: "detector",
  },
  residual: { meaning: "Hits lie further from their lines than in a calibrated chamber.", call: "detector" },
  cabling: {
    meaning:
      "Hits of muons do not lie on lines, or segments are missing between two cables: layers or cables are swapped, or a chamber is mirrored.",
    call: "read_out",
  },
  "chamber-order": {
    meaning: "Segments of different chambers do not line up: chambers or boards are swapped.",
    call: "read_out",
  },
  noise: { meaning: "The number of hits that belong to no muon is higher than usual.", call: "detector" },
  "after-pulses": { meaning: "Many hits are followed by another hit of the same cell.", call: "detector" },
  "tdc-spectrum": {
    meaning: "TDC values are not evenly spread: a value or a bit is stuck.",
    call: "read_out",
  },
  "bx-spectrum": {
    meaning:
      "Bunch-crossing numbers are not evenly spread: a value or a bit is stuck, or they exceed the length of the orbit.",
    call: "read_out",
  },
  "orbit-counter": { meaning: "The orbit counter is stuck, was reset or jumped.", call: "read_out" },
  "fpga-orbit": {
    meaning:
      "The orbit counters of the boards do not agree: chambers on different boards have no orbits in common, or fewer than usual.",
    call: "read_out",
  },
  "timing-loss": {
    meaning: "Muons cross the timing source without a timing signal.",
    call: "timing",
  },
  "timing-noise": { meaning: "Timing signals arrive without a muon.", call: "timing" },
  "timing-orbit": { meaning: "Timing signals are in other orbits than their muons.", call: "timing" },
  "timing-double": { meaning: "One muon causes two timing signals.", call: "timing" },
  "trigger-words": {
    meaning: "Trigger words of a board are missing, or one kind is too frequent.",
    call: "read_out",
  },
  "goodness-of-fit": {
    meaning: "The segments of a chamber differ from the reference in a way that no other rule names.",
    call: "detector",
  },
  calibration: {
    meaning: "The offsets of the set-up are not those of this telescope: times are wrong from the start.",
    call: "shift",
  },
};

/** Rules with their texts. */
export function withWords<Rules extends Record<RuleId, object>>(
  rules: Rules,
): { [Id in keyof Rules]: Rules[Id] & { meaning: string; call: string } } {
  const entries = Object.entries(rules).map(([id, settings]) => [
    id,
    { ...settings, ...ruleWords[id as RuleId] },
  ]);
  return Object.fromEntries(entries) as ReturnType<typeof withWords<Rules>>;
}
