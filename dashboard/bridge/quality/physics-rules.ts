/**
 * Limits of the physics rules. A telescope with the values measured in Legnaro from 2018 to 2021 is good: layer
 * efficiency 0.92, residuals of 330 to 480 um, nine of ten hits noise, chamber offsets within 16 ns. The limits are
 * valid for any comparison. `*_good` is the value of good data, `*_low` and `*_high` are limits, and `significance`
 * is the number of standard deviations by which counts must contradict good data.
 */
export const physicsRules = {
  "no-muons": {
    enabled: true,
    title: "No muons",
    hits: 1000,
    fraction_good: 0.05,
    fraction_low: 0.012,
    significance: 5.5,
    what_to_do:
      "Hits arrive, but not from muons: check high voltage and gas of all chambers, then thresholds, then the TDC and BX plots.",
  },
  "layer-efficiency": {
    enabled: true,
    title: "Efficiency",
    fraction_good: 0.92,
    fraction_low: 0.86,
    fraction_bad: 0.7,
    significance: 6,
    what_to_do:
      "One layer: check its front-end board and cable. All layers of a chamber: check its high voltage, gas and threshold.",
  },
  "cell-efficiency": {
    enabled: true,
    title: "Efficiency of cells",
    fraction_good: 0.9,
    fraction_low: 0.5,
    group_fraction_low: 0.65,
    column_fraction_low: 0.5,
    hits_fraction_low: 0.6,
    cells_named: 4,
    significance: 5.6,
    hits_significance: 5,
    what_to_do:
      "Four neighbours share a connector: check it. One cell alone is not urgent: note it for the next access.",
  },
  "segment-loss": {
    enabled: true,
    title: "Lost segments",
    fraction_good: 0.93,
    fraction_low: 0.78,
    ratio_low: 0.8,
    significance: 5.6,
    what_to_do:
      "The chamber is blind part of the time: check its front-end for busy or reset, and the load of its link.",
  },
  "time-offset": {
    enabled: true,
    title: "t0",
    offset_good_ns: 16,
    offset_ns: 20,
    change_ns: 6,
    significance: 6,
    what_to_do:
      "One chamber: check its offset in the detector file (muonitor detector calibrate). One FPGA: resynchronise its clock. All: check the timing signals' cable and threshold, then gas and high voltage.",
  },
  "layer-time": {
    enabled: true,
    title: "t0 of a layer",
    offset_ns: 18,
    change_ns: 8,
    significance: 6,
    what_to_do:
      "Check threshold and cable of the layer's front-end board; muonitor detector calibrate proposes offsets.",
  },
  "drift-velocity": {
    enabled: true,
    title: "Drift velocity",
    width_good: 0.01,
    width_fraction: 0.017,
    significance: 4.1,
    what_to_do:
      "Check gas mixture, pressure, temperature and cathode voltage; muonitor detector calibrate proposes a velocity.",
  },
  residual: {
    enabled: true,
    title: "Residuals",
    rms_mm: 0.95,
    significance: 6,
    what_to_do: "Check offsets and drift velocity (muonitor detector calibrate), then high voltage and gas.",
  },
  cabling: {
    enabled: true,
    title: "Cabling",
    fraction_good: 0.75,
    fraction_low: 0.55,
    four_cells_least: 0.35,
    edge_lack_high: 0.5,
    edge_significance: 6,
    significance: 5,
    what_to_do:
      "Compare the cables of the named chamber or chambers with the detector map: layers, connectors and direction. Which cable was plugged in last?",
  },
  "chamber-order": {
    enabled: true,
    title: "Chambers exchanged",
    fraction_good: 0.12,
    fraction_high: 0.3,
    significance: 6,
    what_to_do:
      "Compare the cables between chambers and FPGAs with the detector map: which cable was plugged in last?",
  },
  noise: {
    enabled: true,
    title: "Noise",
    ratio_high: 1.3,
    layer_ratio_high: 1.6,
    significance: 5.5,
    what_to_do:
      "Check grounding, thresholds and high voltage of the chamber; the plot shows the noisy chamber, layer or cells.",
  },
  "after-pulses": {
    enabled: true,
    title: "After-pulses",
    fraction_good: 0.05,
    fraction_high: 0.1,
    significance: 6,
    what_to_do: "Check high voltage (too high?), gas mixture and the front-end's dead time.",
  },
  "tdc-spectrum": {
    enabled: true,
    title: "TDC spectrum",
    peak_fraction_high: 0.12,
    bit_deviation: 0.2,
    significance: 6,
    what_to_do: "The TDC of this read-out board is faulty: restart the board.",
  },
  "bx-spectrum": {
    enabled: true,
    title: "BX spectrum",
    bit_deviation: 0.5,
    out_fraction_high: 0.01,
    significance: 6,
    what_to_do:
      "The bunch-crossing counter of this read-out board is faulty: resynchronise or restart the board.",
  },
  "orbit-counter": {
    enabled: true,
    title: "Orbit counter",
    hits: 40,
    what_to_do:
      "Resynchronise the read-out boards; start a new run, because times before and after the jump cannot be compared.",
  },
  "fpga-orbit": {
    enabled: true,
    title: "Orbits of FPGAs",
    fraction_good: 0.3,
    fraction_low: 0.06,
    ratio_low: 0.75,
    significance: 6,
    what_to_do: "Resynchronise the orbit counters of the read-out boards.",
  },
  "timing-loss": {
    enabled: true,
    title: "Timing signals lost",
    fraction_good: 0.85,
    fraction_low: 0.72,
    significance: 6,
    what_to_do: "Check high voltage, threshold and cable of the scintillator.",
  },
  "timing-noise": {
    enabled: true,
    title: "Timing signals noisy",
    fraction_good: 0.25,
    fraction_high: 0.5,
    ratio_high: 1.6,
    change_fraction: 0.1,
    significance: 6,
    what_to_do: "Check threshold and light tightness of the scintillator.",
  },
  "timing-orbit": {
    enabled: true,
    title: "Timing signals in the wrong orbit",
    what_to_do: "Resynchronise the board that reads the scintillator.",
  },
  "timing-double": {
    enabled: true,
    title: "Double timing signals",
    fraction_good: 0.03,
    fraction_high: 0.1,
    significance: 6,
    what_to_do: "Check termination, discriminator width and dead time of the scintillator's signal.",
  },
  "trigger-words": {
    enabled: true,
    title: "Trigger words",
    expected_candidates: 16,
    ratio_high: 2,
    significance: 6,
    what_to_do: "Check the trigger configuration of the FPGA; hits are not affected.",
  },
  "goodness-of-fit": {
    enabled: true,
    title: "Goodness of fit",
    probability: 0.01,
    batches: 6,
    beyond: 4,
    deviation_fraction: 0.1,
    what_to_do:
      "Compare the chamber's drift times, angles and mean-timer sums with the reference: thresholds, high voltage, gas and t0 change them. If the run conditions have changed, take a new reference.",
  },
  calibration: {
    enabled: true,
    title: "Calibration",
    chambers: 2,
    layers: 3,
    what_to_do:
      "Take a few minutes of good data and run muonitor detector calibrate; then restart with the detector file that it writes.",
  },
};
