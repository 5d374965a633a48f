/** The steps of the pipeline, in the order of the data: plain functions without I/O. */
export * from "./accumulate.js";
export * from "./bytes.js";
export * from "./cleanse.js";
export * from "./config.js";
export * from "./decode.js";
export { isBlankLine } from "./decode-csv.js";
export { decodeNumber } from "./decode-number.js";
export * from "./merge.js";
export * from "./partial-cursor.js";
export * from "./partial-header.js";
export * from "./partial.js";
export * from "./publish.js";
export * from "./record-pack.js";
export * from "./rows.js";
export * from "./shard-result.js";
export * from "./sources.js";
export * from "./summarise.js";
export * from "./system-c.js";
