/** The steps wired into Beam. */
export * from "./bounded.js";
export * from "./direct.js";
export * from "./job.js";
export * from "./pipeline.js";
export * from "./read-piece.js";
export { SegmentReader } from "./segment-files.js";
export * from "./spill.js";
export * from "./streaming.js";
export * from "./submit.js";
export * from "./work-folder.js";
export type { WindowFacts } from "./functions.js";
