export { defaultRateHz, Simulator } from "./simulator.js";
export type { SimulatorOptions } from "./simulator.js";
export type { Truth } from "./truth.js";
