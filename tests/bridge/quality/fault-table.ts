/**
 * The faults that the rules must find. Each row has the simulated fault, the comparison that finds it, the time
 * limit, the light, and the words that must name place and cause.
 */
import type { DetectorFault } from "../../../pipeline/model/index.js";

/** P: by physics, from the first windows on; R: against a reference or the data's own past; A: only in arrival time. */
type FoundFrom = "P" | "R" | "A";

export interface FaultRow {
  name: string;
  faults: DetectorFault[];
  from: FoundFrom;
  /** Number of windows within which the fault must be found. */
  within: number;
  /** Lights, at least one of which must be warning or bad. */
  lights: string[];
  /** Place and cause in the text of the reason. */
  words: RegExp;
}

const row = (
  name: string,
  fault: DetectorFault,
  from: FoundFrom,
  within: number,
  lights: string | string[],
  words: RegExp,
): FaultRow => ({ name, faults: [fault], from, within, lights: [lights].flat(), words });

const [timing, path, whole] = ["timing:scintillator", "path", "whole"];
const chamber = (number: number): string => `chamber:${number}`;
const fpga = (number: number): string[] => [chamber(2 * number), chamber(2 * number + 1)];

export const faultTable: readonly FaultRow[] = [
  // Loss
  row(
    "chamber at 80 %",
    { kind: "chamber_loss", chamber: 2, strength: 0.8 },
    "P",
    3,
    chamber(2),
    /chamber loses hits: efficiency/,
  ),
  row(
    "chamber at 60 %",
    { kind: "chamber_loss", chamber: 0, strength: 0.6 },
    "P",
    2,
    chamber(0),
    /chamber loses hits: efficiency/,
  ),
  row(
    "chamber at 45 %",
    { kind: "chamber_loss", chamber: 1, strength: 0.45 },
    "P",
    2,
    chamber(1),
    /chamber loses hits: efficiency/,
  ),
  row(
    "layer at 65 %",
    { kind: "layer_loss", chamber: 1, layer: 2, strength: 0.65 },
    "P",
    2,
    chamber(1),
    /layer 2 loses hits/,
  ),
  row(
    "layer at 30 %",
    { kind: "layer_loss", chamber: 3, layer: 4, strength: 0.3 },
    "P",
    2,
    chamber(3),
    /layer 4 loses hits/,
  ),
  row(
    "layer at 5 %",
    { kind: "layer_loss", chamber: 0, layer: 1, strength: 0.05 },
    "P",
    2,
    chamber(0),
    /layer 1 (loses hits|is dead)/,
  ),
  row(
    "four cells at 25 %",
    { kind: "cells_loss", chamber: 2, layer: 3, first_wire: 5, strength: 0.25 },
    "P",
    2,
    chamber(2),
    /layer 3, wires \d+ to \d+ .*lose hits/,
  ),
  row(
    "segments at 60 %, between two",
    { kind: "segment_loss", chamber: 2, strength: 0.6 },
    "P",
    6,
    chamber(2),
    /segments are lost/,
  ),
  row(
    "segments at 60 %",
    { kind: "segment_loss", chamber: 1, strength: 0.6 },
    "R",
    6,
    chamber(1),
    /segments are lost/,
  ),
  // All rates
  row("rate x 0.6", { kind: "rate", strength: 0.6 }, "R", 3, whole, /hit rate in all chambers/),
  row("rate x 1.7", { kind: "rate", strength: 1.7 }, "R", 3, whole, /hit rate in all chambers/),
  row("half the time dead", { kind: "dead_time", strength: 0.5 }, "R", 3, whole, /hit rate in all chambers/),
  row(
    "cell at 10 %",
    { kind: "cell_loss", chamber: 2, cell: 29, strength: 0.1 },
    "P",
    12,
    chamber(2),
    /cell 29 .*loses hits/,
  ),
  // Time
  row("t0 of all +15 ns", { kind: "t0_all", strength: 15 }, "R", 3, whole, /t0 of all chambers/),
  row("t0 of all -25 ns", { kind: "t0_all", strength: -25 }, "P", 3, whole, /t0 of all chambers/),
  row("t0 of all +50 ns", { kind: "t0_all", strength: 50 }, "P", 3, whole, /t0 of all chambers/),
  row("t0 of all -60 ns", { kind: "t0_all", strength: -60 }, "P", 3, whole, /t0 of all chambers/),
  row(
    "t0 of a chamber +40 ns",
    { kind: "t0_chamber", chamber: 3, strength: 40 },
    "P",
    3,
    chamber(3),
    /t0 of the chamber/,
  ),
  row(
    "t0 of a chamber -40 ns",
    { kind: "t0_chamber", chamber: 1, strength: -40 },
    "P",
    3,
    chamber(1),
    /t0 of the chamber/,
  ),
  row(
    "t0 of a layer +30 ns",
    { kind: "t0_layer", chamber: 2, layer: 3, strength: 30 },
    "P",
    3,
    chamber(2),
    /layer 3 is .* late/,
  ),
  row(
    "t0 of a layer -30 ns",
    { kind: "t0_layer", chamber: 0, layer: 1, strength: -30 },
    "P",
    3,
    chamber(0),
    /layer 1 is .* early/,
  ),
  row(
    "BX of FPGA 0 off by 6",
    { kind: "bx_offset", fpga: 0, strength: 6 },
    "P",
    3,
    fpga(0),
    /BX counter of FPGA 0/,
  ),
  row(
    "BX of FPGA 1 off by 10",
    { kind: "bx_offset", fpga: 1, strength: 10 },
    "P",
    3,
    [...fpga(0), ...fpga(1)],
    /BX counter of .*FPGA 1/,
  ),
  row("drift velocity -4 %", { kind: "drift_velocity", strength: -4 }, "P", 3, whole, /drift velocity/),
  row("drift velocity -12 %", { kind: "drift_velocity", strength: -12 }, "P", 3, whole, /drift velocity/),
  row(
    "drift velocity of a chamber -12 %",
    { kind: "drift_velocity", chamber: 2, strength: -12 },
    "P",
    3,
    chamber(2),
    /drift velocity/,
  ),
  row(
    "drift velocity of a chamber +4 %",
    { kind: "drift_velocity", chamber: 1, strength: 4 },
    "P",
    3,
    chamber(1),
    /drift velocity higher/,
  ),
  // Cabling
  row(
    "layers 1 and 2 exchanged",
    { kind: "layers_exchanged", chamber: 0, layer: 1, other_layer: 2 },
    "P",
    3,
    chamber(0),
    /^layers 1 and 2 are exchanged/,
  ),
  row(
    "layers 2 and 3 exchanged",
    { kind: "layers_exchanged", chamber: 1, layer: 2, other_layer: 3 },
    "P",
    3,
    chamber(1),
    /^layers 2 and 3 are exchanged/,
  ),
  row(
    "cables exchanged",
    { kind: "cables_exchanged", chamber: 2, cable: 0, other_chamber: 2, other_cable: 1 },
    "P",
    3,
    chamber(2),
    /cables .*exchanged/,
  ),
  row(
    "cables exchanged, no partner",
    { kind: "cables_exchanged", chamber: 1, cable: 1, other_chamber: 1, other_cable: 3 },
    "P",
    3,
    chamber(1),
    /cables .*exchanged/,
  ),
  row(
    "cables of chambers 0 and 3 exchanged",
    { kind: "cables_exchanged", chamber: 0, cable: 1, other_chamber: 3, other_cable: 2 },
    "P",
    3,
    [chamber(0), chamber(3)],
    /cables .*exchanged between chamber 0.* and chamber 3/,
  ),
  row(
    "cables of chambers 2 and 3 exchanged",
    { kind: "cables_exchanged", chamber: 2, cable: 1, other_chamber: 3, other_cable: 2 },
    "P",
    4,
    [chamber(2), chamber(3)],
    /cables .*exchanged between chamber 2.* and chamber 3/,
  ),
  row(
    "cables of chambers of different views exchanged",
    { kind: "cables_exchanged", chamber: 0, cable: 1, other_chamber: 1, other_cable: 2 },
    "P",
    3,
    [chamber(0), chamber(1)],
    /cables .*exchanged between chamber 0.* and chamber 1/,
  ),
  // The outer cables have one border each.
  row(
    "outer cables of two chambers exchanged",
    { kind: "cables_exchanged", chamber: 0, cable: 0, other_chamber: 2, other_cable: 3 },
    "P",
    8,
    [chamber(0), chamber(2)],
    /cables .*exchanged between chamber 0.* and chamber 2/,
  ),
  row("FPGAs exchanged", { kind: "fpgas_exchanged" }, "P", 3, whole, /FPGAs? .*exchanged/),
  row("chamber mirrored", { kind: "chamber_mirrored", chamber: 2 }, "P", 3, chamber(2), /mirrored/),
  row("chamber 1 mirrored", { kind: "chamber_mirrored", chamber: 1 }, "P", 3, chamber(1), /mirrored/),
  row(
    "chambers 0 and 1 exchanged",
    { kind: "chambers_exchanged", chamber: 0, other_chamber: 1 },
    "P",
    12,
    chamber(0),
    /chambers 0 and 1 are exchanged/,
  ),
  row(
    "chambers 2 and 3 exchanged",
    { kind: "chambers_exchanged", chamber: 2, other_chamber: 3 },
    "P",
    12,
    chamber(2),
    /chambers 2 and 3 are exchanged/,
  ),
  // Noise
  row(
    "layer noise x 3",
    { kind: "layer_noise", chamber: 1, layer: 2, strength: 3 },
    "R",
    3,
    chamber(1),
    /noise of layer 2/,
  ),
  row(
    "chamber noise +50 %",
    { kind: "chamber_noise", chamber: 2, strength: 1.5 },
    "R",
    3,
    chamber(2),
    /noise of the chamber/,
  ),
  row("after-pulses 30 %", { kind: "after_pulses", strength: 0.3 }, "P", 3, whole, /after-pulses/),
  row(
    "hot cell in bursts",
    { kind: "hot_cell", chamber: 0, cell: 17, strength: 500, period_s: 15, duty: 0.4 },
    "R",
    3,
    chamber(0),
    /cell 17 .*hot/,
  ),
  // Read-out
  row("TDC stuck", { kind: "tdc_stuck", fpga: 0, strength: 7 }, "P", 2, fpga(0), /TDC of FPGA 0 is stuck/),
  row(
    "TDC bit 2 stuck",
    { kind: "tdc_bit", fpga: 1, tdc_bit: 2, strength: 0 },
    "P",
    2,
    fpga(1),
    /TDC bit of FPGA 1/,
  ),
  row("BX stuck", { kind: "bx_stuck", fpga: 0, strength: 1234 }, "P", 2, fpga(0), /BX of FPGA 0 is stuck/),
  row(
    "BX bit 3 stuck",
    { kind: "bx_bit", fpga: 1, bx_bit: 3, strength: 0 },
    "P",
    2,
    fpga(1),
    /BX bit of FPGA 1/,
  ),
  row("BX above 3563", { kind: "bx_high", fpga: 1, strength: 0.1 }, "P", 2, fpga(1), /BX of FPGA 1 is above/),
  row(
    "FPGA 0 one orbit off",
    { kind: "orbit_offset", fpga: 0, strength: 1 },
    "P",
    2,
    fpga(0),
    /orbit counters of FPGAs 0/,
  ),
  row(
    "FPGA 1 twelve orbits off",
    { kind: "orbit_offset", fpga: 1, strength: 12 },
    "P",
    2,
    fpga(1),
    /orbit counters of FPGAs 0 and 1/,
  ),
  // Orbit counter
  row(
    "orbit counter stuck",
    { kind: "orbit_stuck" },
    "A",
    2,
    [whole, ...fpga(0), ...fpga(1)],
    /orbit counter.* stuck/,
  ),
  row(
    "orbit counter of FPGA 1 reset",
    { kind: "orbit_reset", fpga: 1 },
    "A",
    2,
    fpga(1),
    /orbit counter of FPGA 1 was reset/,
  ),
  row(
    "orbit counter jumps",
    { kind: "orbit_jump", strength: 1_000_000 },
    "A",
    2,
    whole,
    /orbit counter.* jumped/,
  ),
  // Timing
  row(
    "timing signals at 50 %",
    { kind: "timing_loss", strength: 0.5 },
    "P",
    6,
    timing,
    /timing signals are lost/,
  ),
  row(
    "timing signals at 10 %",
    { kind: "timing_loss", strength: 0.1 },
    "P",
    3,
    timing,
    /timing signals are lost/,
  ),
  row(
    "timing signals at 2 %",
    { kind: "timing_loss", strength: 0.02 },
    "P",
    3,
    timing,
    /timing signals are lost/,
  ),
  row("timing noise x 8", { kind: "timing_noise", strength: 8 }, "P", 3, timing, /timing signals are noisy/),
  row("timing in the wrong orbit", { kind: "timing_orbit", strength: 1 }, "P", 3, timing, /wrong orbit/),
  row(
    "double timing signals",
    { kind: "timing_double", strength: 0.5 },
    "P",
    3,
    timing,
    /double timing signals/,
  ),
  // Words
  row("HEAD 4 x 8", { kind: "word_rate", head: 4, strength: 8 }, "R", 3, path, /trigger words of HEAD 4/),
  row("no status words", { kind: "no_words" }, "P", 3, path, /no trigger words/),
  row(
    "unmapped channels 3 %",
    { kind: "unmapped", strength: 0.03 },
    "R",
    3,
    path,
    /channels that belong to no chamber/,
  ),
  row("words of FPGA 1 gone", { kind: "words_lost", fpga: 1 }, "R", 3, path, /FPGA 1 sends no trigger words/),
  row("nothing but noise", { kind: "noise_only" }, "P", 2, whole, /no muons/),
];
