/** The steps wired into Beam. */
export * from "./direct.js";
export * from "./pipeline.js";
export * from "./spill.js";
export * from "./streaming.js";
export * from "./submit.js";
export type { WindowFacts } from "./functions.js";
