/**
 * The built-in rules with their thresholds and texts. `rules.yaml` in this folder has the same content with a comment
 * for each number; `--rules FILE` reads a modified copy of it.
 */
import { defaultFreshness } from "../../../pipeline/model/index.js";
import { physicsRules } from "./physics-rules.js";
import { defaultContacts, withWords } from "./rule-texts.js";

export const defaultRules = {
  /** Number of judged windows without a fault after which it clears. */
  hold_windows: 1,
  /** Number of windows kept for judging. */
  span_windows: 720,
  /**
   * The origin: the data's own past, used for comparison while no reference is chosen. It has a number of windows to
   * collect, a minimum before it is used, and a minimum of hits per cell for single cells.
   */
  origin: { windows: 360, windows_least: 6, hits_per_cell: 100 },
  /**
   * A fault that occurs `times` times within `windows` windows is intermittent until `calm_windows` windows pass
   * without it.
   */
  intermittent: { times: 3, windows: 24, calm_windows: 24 },
  /** The people to call, by the names that rules use. */
  contacts: defaultContacts,
  rules: withWords({
    "stream-silent": {
      enabled: true,
      title: "Silence",
      window_lengths_warning: defaultFreshness.window_lengths_warning,
      window_lengths_bad: defaultFreshness.window_lengths_bad,
      window_lengths_first: 4,
      extra_seconds: defaultFreshness.extra_seconds,
      hop_seconds: defaultFreshness.hop_seconds,
      what_to_do:
        "Find the first silent stage: check the read-out, then the producer, the topic and the pipeline.",
    },
    "window-ahead": {
      enabled: true,
      title: "Windows ahead of time",
      ahead_seconds: 60,
      hold_seconds: 60,
      what_to_do:
        "The clock of the bridge or of the sender of the rows is wrong: compare both with a third clock.",
    },
    "no-rows": {
      enabled: true,
      title: "No rows",
      expected_rows: 20,
      what_to_do:
        "The data path is up, but the detector sends nothing: check the read-out's run state, trigger and cables.",
    },
    "sequence-gaps": {
      enabled: true,
      title: "Lost messages",
      grace_windows: 2,
      span_windows: 12,
      what_to_do: "Messages were lost between producer and pipeline: note the window and run muonitor audit.",
    },
    duplicates: {
      enabled: true,
      title: "Duplicate messages",
      messages: 3,
      what_to_do:
        "Rows of duplicate messages count twice: check whether a producer was restarted or runs twice.",
    },
    "late-rows": {
      enabled: true,
      title: "Late messages",
      span_seconds: 30,
      count: 50,
      fraction_warning: 0.02,
      what_to_do:
        "A sender's clock or network is slow. Rows that arrive after the allowed lateness are dropped.",
    },
    ledger: {
      enabled: true,
      title: "Ledger",
      what_to_do:
        "Rows are unaccounted for, which is a fault of the pipeline: keep the window and report it.",
    },
    malformed: {
      enabled: true,
      title: "Malformed rows",
      rows: 50,
      count: 10,
      fraction_warning: 0.01,
      fraction_bad: 0.1,
      what_to_do:
        "Look at the samples: a wrong format points to settings, random bytes to the read-out link.",
    },
    unmapped: {
      enabled: true,
      title: "Unmapped channels",
      rows: 50,
      count: 10,
      fraction_warning: 0.05,
      fraction_bad: 0.5,
      change_fraction: 0.01,
      significance: 6,
      what_to_do: "Compare the detector map with the cabling: these channels belong to no chamber.",
    },
    clock: {
      enabled: true,
      title: "Detector clock",
      hits: 50,
      windows: 3,
      ratio_low: 0.8,
      ratio_high: 1.25,
      what_to_do: "The data is not live: a replay, a backlog, or late messages.",
    },
    scintillator: {
      enabled: true,
      title: "Scintillator",
      expected_rows: 20,
      rows_per_hit: 0.01,
      what_to_do:
        "Without the scintillator there are no drift times: check its high voltage, threshold and cable.",
    },
    "dead-fpga": {
      enabled: true,
      title: "FPGA dead or losing rows",
      what_to_do: "Check power, clock and link of this read-out board, then restart it.",
    },
    "silent-chamber": {
      enabled: true,
      title: "Chamber silent",
      expected_hits: 80,
      fraction_of_others: 0.2,
      what_to_do: "Check high voltage, gas and front-end power of the chamber.",
    },
    "dead-layer": {
      enabled: true,
      title: "Layer dead",
      cells_in_a_row: 7,
      expected_hits: 30,
      what_to_do: "Neighbouring cells share a front-end board or a high-voltage line: check these.",
    },
    "dead-cell": {
      enabled: true,
      title: "Dead cell",
      expected_hits: 20,
      fraction_of_neighbours: 0.5,
      cells_named: 8,
      what_to_do: "One cell alone is not urgent: note it for the next access.",
    },
    "live-cells": {
      enabled: true,
      title: "Live cells",
      fraction_warning: 0.9,
      fraction_bad: 0.75,
      fraction_worse: 0.5,
      fraction_worst: 0.2,
      what_to_do: "Many cells are dead: check high voltage and front-end boards of the chamber.",
    },
    "hot-cell": {
      enabled: true,
      title: "Hot cell",
      factor: 5,
      hits: 25,
      windows: 12,
      what_to_do: "Raise the threshold of the channel or mask it; note it if it stays.",
    },
    "chamber-rate": {
      enabled: true,
      title: "Chamber rate",
      ratio_low: 0.75,
      ratio_high: 1.35,
      expected_hits: 50,
      usual_windows: 60,
      windows: 2,
      significance: 6,
      what_to_do:
        "One chamber: high voltage, gas, thresholds. All chambers: the rate of the particles, or dead time of the read-out.",
    },
    "drift-time": {
      enabled: true,
      title: "Drift time",
      hits: 2000,
      moved_ns: 20,
      widened_fraction: 0.12,
      what_to_do: "A shifted box points to the trigger timing, a wider box to gas or high voltage.",
    },
    stuck: {
      enabled: true,
      title: "Frozen data",
      windows: 3,
      hits: 20,
      what_to_do: "The same data is sent repeatedly: restart the read-out or the program that sends it.",
    },
    shape: {
      enabled: true,
      title: "Shape",
      hits_per_cell: 50,
      significance: 8,
      deviation_fraction: 0.2,
      kolmogorov_distance: 0.08,
      drift_hits: 2000,
      what_to_do: "Compare the plot with the reference: thresholds, high voltage and gas change shapes.",
    },
    ...physicsRules,
  }),
};

export type RulesConfig = typeof defaultRules;
export type RuleSettings = RulesConfig["rules"];
