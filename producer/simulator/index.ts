export { simulatorPresetNames } from "./presets.js";
export type { SimulatorPreset } from "./presets.js";
export { defaultRateHz, Simulator } from "./simulator.js";
