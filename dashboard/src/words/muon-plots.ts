/** Texts of the plots of segments, read-out and trigger words. */
import type { PlotText } from "./plots.js";

const timing = {
  sign: "The peak has moved from its usual place near 0",
  action: "The t0 or the timing signal has shifted: call the timing expert.",
};
const stuckBit = {
  sign: "A comb: every second value, or every second block, is empty",
  action: "A bit is stuck in the read-out of this FPGA: call the read-out expert.",
};

export const muonPlotTexts = {
  angle: {
    title: "Angle",
    hint: "A smooth peak at 0°. A step or a hole: check cables.",
    about: "Angle of four- and three-hit segments to the vertical.",
    signs: [
      {
        sign: "Two peaks, or a shift",
        action: "Cables are exchanged or the chamber is mirrored: check the cabling.",
      },
    ],
  },
  position: {
    title: "Position",
    hint: "Smooth over the chamber. A hole is a group of dead cells.",
    about: "Position of the segments across the wires, at the centre of the chamber.",
    signs: [
      { sign: "A hole 42 mm wide or more", action: "Dead cells: look at the cell maps of this chamber." },
    ],
  },
  residual: {
    title: "Residual",
    hint: "RMS 0.3–0.5 mm around 0. Wider: gas. Shifted: t0 of a layer.",
    about:
      "Distance of each hit of a four-hit segment from the line through the other three hits, for each layer.",
    signs: [
      { sign: "One layer is shifted", action: "Its t0 has changed: check the layer's cable and offset." },
      { sign: "All layers are wider", action: "Drift velocity or t0: check gas and high voltage." },
    ],
  },
  t0: {
    title: "t0 to timing",
    hint: "A peak within 10 ns of 0. Shifted: check t0. Flat: check the trigger.",
    about: "Time of the muon from the segment minus the nearest timing signal, chamber offset included.",
    signs: [
      timing,
      { sign: "Flat", action: "The timing signals are noise or come from another orbit: check the trigger." },
    ],
  },
  meantimer: {
    title: "Mean-timer sum",
    hint: "Peaks within 20 ns of the dashed line. Both shifted: gas or HV. One: t0 of a layer.",
    about:
      "(d1 + d3) / 2 + d2 of segments with alternating sides: equals the largest drift time, needs no timing signal.",
    signs: [
      {
        sign: "Both peaks have moved to one side",
        action: "The drift velocity has changed: check gas and high voltage.",
      },
      {
        sign: "One peak has moved, or is double",
        action: "One layer is early or late: look at the residuals.",
      },
    ],
  },
  segmentdrift: {
    title: "Drift time of segments",
    hint: "A box up to the longest drift time in every layer, without noise.",
    about: "Drift times of the hits of four-hit segments, from the segment's own t0.",
    signs: [{ sign: "One layer differs", action: "Its time offset is wrong: look at the residuals." }],
  },
  efficiency: {
    title: "Efficiency per layer",
    hint: "About 90 % or more, even over the layers. Bars: binomial interval of 68 %.",
    about:
      "Found / (found + missed): the fraction of segments of the other three layers that have a hit in this layer.",
    signs: [
      { sign: "One layer is low", action: "Check its high voltage and its front-end cable." },
      {
        sign: "All layers of a chamber are low",
        action: "Check high voltage, gas and thresholds of the chamber.",
      },
    ],
  },
  cellefficiency: {
    title: "Efficiency per cell",
    hint: "Even colours are good. Blue: misses muons.",
    about: "Found / (found + missed) of each cell, drawn as the chamber is mounted.",
    signs: [
      {
        sign: "Four neighbours in one layer are blue",
        action: "A connector is loose: check it at the next access.",
      },
      { sign: "One cell is blue", action: "A dead wire: note it in the logbook." },
    ],
  },
  cellnoise: {
    title: "Noise per cell",
    hint: "Even colours are good. Orange: noisy.",
    about:
      "Hits that belong to no segment, in Hz, drawn as the chamber is mounted. The cells that protrude at the edges are " +
      "compared with each other: muons there cross too few layers for a segment.",
    signs: [
      {
        sign: "One orange cell",
        action: "A hot wire: note its channel; call the detector expert if it grows.",
      },
      { sign: "An orange layer or chamber", action: "Check grounding and thresholds." },
    ],
  },
  words: {
    title: "Trigger words",
    hint: "Words and segments agree: the differences peak at 0.",
    about:
      "Slope, position and layers of the FPGA's trigger words, and their differences from the segment in the same orbit.",
    signs: [
      {
        sign: "The differences are shifted",
        action: "The constants of the firmware do not match the detector: call the read-out expert.",
      },
      { sign: "Empty", action: "This FPGA sends no trigger words: check the read-out." },
    ],
  },
  tdc: {
    title: "TDC spectrum",
    hint: "Flat from 1 to 30. Comb or single peak: stuck.",
    about: "TDC values of the hits of this FPGA.",
    signs: [stuckBit, { sign: "One value only", action: "The TDC is stuck: reset this FPGA." }],
  },
  bx: {
    title: "BX spectrum",
    hint: "Flat from 0 to 3563. Overflow: impossible BX.",
    about: "Bunch crossing of the hits of this FPGA within the orbit.",
    signs: [stuckBit, { sign: "One value only", action: "The BX counter is stuck: reset this FPGA." }],
  },
  bxbits: {
    title: "BX bits",
    hint: "Near 50 %; bits 9 to 11 at 43 %, as an orbit has 3564 BX. At 0 or 100 %: stuck.",
    about: "Fraction of the hits in which each bit of the BX is set.",
    signs: [
      { sign: "A bit at 0 or 100 %", action: "The bit is stuck: reset this FPGA, call the read-out expert." },
    ],
  },
  events: {
    title: "Event display",
    hint: "Filled: the hit's side of the wire. Cross: a crossed cell without a hit.",
    about:
      "Muons of the newest windows, drawn from their segments. Cell heights are stretched by a factor of three.",
    signs: [
      {
        sign: "The same cell often has a cross",
        action: "It is dead or inefficient: look at the cell maps.",
      },
    ],
  },
} as const satisfies Record<string, PlotText>;
