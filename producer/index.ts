/** The producer: sources of rows, and the production that sends them to `data_raw`. */
export * from "./layouts/index.js";
export * from "./production/index.js";
export * from "./replay/index.js";
export * from "./s3/index.js";
export type { RecordSender } from "./sender.js";
export * from "./simulator/index.js";
export type { RowSource, SourceProgress } from "./source.js";
