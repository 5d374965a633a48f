export { simulatorPresetNames, simulatorPresets } from "./presets.js";
export type { SimulatorPreset, TelescopeModel } from "./presets.js";
export { defaultRateHz, Simulator } from "./simulator.js";
export type { SimulatorOptions } from "./simulator.js";
export type { Truth } from "./truth.js";
