/** Title, appearance of good data, and instructions of each plot. */
import { muonPlotTexts } from "./muon-plots.js";

export interface PlotText {
  title: string;
  /** Appearance of good data: one line under the title. */
  hint: string;
  /** Content, one or two sentences. */
  about: string;
  /** Signs of faults, and the action for each. */
  signs: readonly { sign: string; action: string }[];
}

const hot = {
  sign: "One bar far above its neighbours",
  action: "A hot wire. Note channel and time; if its rate keeps growing, call the detector expert.",
};
const deadLayer = {
  sign: "Every fourth channel empty",
  action: "A dead layer: check its high voltage and its front-end cable.",
};
const silentFpga = {
  sign: "All chambers of an FPGA empty together",
  action: "Their FPGA is silent: check its power and its link to the read-out.",
};

export const plotTexts = {
  hits: {
    title: "Hit rate vs time",
    hint: "Steady lines are good. A step or a gap: check the data path. ◆ corrected, ○ partial window.",
    about: "Hits of every window, the total and each chamber. Missing windows are gaps, never zeros.",
    signs: [
      {
        sign: "All lines fall to zero",
        action: "The read-out is silent: check the data path, then the DAQ.",
      },
      { sign: "One chamber falls", action: "Check its high voltage and its FPGA." },
      {
        sign: "A gap",
        action:
          "No windows arrived: check which stage of the data path is silent. Late data fills the gap automatically.",
      },
      { sign: "A step upwards", action: "Noise (these are cosmics): look at the occupancy for hot wires." },
    ],
  },
  occupancy: {
    title: "Channel occupancy",
    hint: "A smooth shape is good. A hole is a dead cell, a spike a hot one, every fourth empty a dead layer.",
    about: "Hits per TDC channel. Dashed: the reference, scaled to the same time; below: the ratio to it.",
    signs: [
      deadLayer,
      hot,
      silentFpga,
      { sign: "One bar empty", action: "A dead cell: note it in the logbook." },
    ],
  },
  scintillator: {
    title: "Occupancy with scintillator",
    hint: "Only orbits with a scintillator signal: mostly muons. Empty while hits arrive: no trigger.",
    about: "Hits per TDC channel in orbits in which the scintillator fired: little noise is left.",
    signs: [
      {
        sign: "Empty while the other occupancy fills",
        action: "The scintillator is silent: check its high voltage and its discriminator.",
      },
      deadLayer,
      silentFpga,
    ],
  },
  drift: {
    title: "Drift time",
    hint: "A box over the shaded range, steep on the left. Shifted: check t0. Wider or narrower: check gas and HV.",
    about:
      "Time of hits after the scintillator signal, plus the chamber's offset. The shaded range is the time to drift across half a cell.",
    signs: [
      { sign: "The box is shifted", action: "Time offsets have changed: call the detector expert." },
      {
        sign: "The box is wider, or slopes on the right",
        action: "Check gas mixture, flow and high voltage.",
      },
      {
        sign: "Flat, without a box",
        action: "Scintillator signals and hits are not from the same muons: check the trigger.",
      },
      { sign: "Empty", action: "No signals: check the scintillator." },
    ],
  },
  active: {
    title: "Active channels vs orbit",
    hint: "Evenly spread dots are good; a stretch without dots is silence. Shows one window.",
    about: "Distinct channels with a hit in each orbit of one window.",
    signs: [
      {
        sign: "Stretches without dots",
        action: "Data was lost or is late: check the ledger and the data path.",
      },
      { sign: "Dots only at 1", action: "Noise only: no muons reach the chamber, or its voltage is off." },
      { sign: "Dots far above 10", action: "Bursts of noise: check grounding and thresholds." },
    ],
  },
  multiplicity: {
    title: "Active channels per orbit",
    hint: "Noise fires one channel of a chamber, a muon about four. Good data has a peak at four.",
    about: "Number of orbits vs number of distinct channels of the chamber with a hit.",
    signs: [
      { sign: "The peak moves from 4 to 3", action: "A layer is missing: look at the occupancy." },
      { sign: "Only the bar at 1", action: "No muons: high voltage off, or noise only." },
    ],
  },
  quantity: {
    title: "Trends",
    hint: "Flat is good. Each point is measured over a minute or more; look for the cause of a step or a slope.",
    about: "Derived quantities of each chamber over hours, days and runs.",
    signs: [
      { sign: "Efficiency falls slowly", action: "Check gas and HV; note it as a remark." },
      { sign: "t0 or the box start moves", action: "Check t0 and the timing signals." },
      { sign: "The box end moves", action: "Check gas mixture, pressure and HV." },
      { sign: "Noise rises", action: "Check thresholds and grounding; look at the occupancy for hot wires." },
    ],
  },
  ...muonPlotTexts,
} as const satisfies Record<string, PlotText>;

export type PlotKind = keyof typeof plotTexts;
