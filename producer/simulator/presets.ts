/** How good the simulated telescope is. */

export interface TelescopeModel {
  /** Chance that a crossed cell gives a hit. */
  cellEfficiency: number;
  /** Standard deviation of a drift time. */
  driftTimeResolutionNs: number;
  /** Chance that an event is one noise hit instead of a muon. */
  noiseFraction: number;
  /** Chance that a muon through the plate gives a signal of the timing input that gives t0. */
  scintillatorEfficiency: number;
  /** The same of the second timing input. */
  otherTimingEfficiency: number;
  /** Chance that a hit is followed by an after-pulse. */
  afterPulseFraction: number;
  /** Chance that the words of a candidate come twice, and that one of HEAD 4 and 5 is missing. */
  repeatedWords: number;
  missingWords: number;
  /** True offset of a chamber minus the configured one, by chamber, ns. */
  chamberErrorsNs: readonly number[];
  /** The same by layer 1..4, in addition. */
  layerErrorsNs: readonly number[];
}

/**
 * `clean`: a telescope in perfect order. `legnaro-real`: the measured values of runs in Legnaro 2018-2021: layer
 * efficiency 0.92, residual width 330-480 um, nine of ten hits noise, offsets that differ by up to 16 ns.
 */
export const simulatorPresets = {
  clean: {
    cellEfficiency: 0.97,
    driftTimeResolutionNs: 2,
    noiseFraction: 0.3,
    scintillatorEfficiency: 0.95,
    otherTimingEfficiency: 0.9,
    afterPulseFraction: 0,
    repeatedWords: 0,
    missingWords: 0,
    chamberErrorsNs: [0, 0, 0, 0],
    layerErrorsNs: [0, 0, 0, 0],
  },
  "legnaro-real": {
    cellEfficiency: 0.92,
    driftTimeResolutionNs: 6,
    noiseFraction: 0.974,
    scintillatorEfficiency: 0.95,
    otherTimingEfficiency: 0.9,
    afterPulseFraction: 0.03,
    repeatedWords: 0.02,
    missingWords: 0.01,
    chamberErrorsNs: [4, -6, 8, -3],
    layerErrorsNs: [-2, 1, -1, 2],
  },
} as const satisfies Record<string, TelescopeModel>;

export type SimulatorPreset = keyof typeof simulatorPresets;
export const simulatorPresetNames = Object.keys(simulatorPresets) as SimulatorPreset[];
