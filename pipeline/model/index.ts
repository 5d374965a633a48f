/** The model: the words of the field as types and constants. Imports nothing. */
export * from "./detector.js";
export * from "./errors.js";
export * from "./faults.js";
export * from "./histogram.js";
export * from "./ledger.js";
export * from "./message.js";
export * from "./quality.js";
export * from "./record.js";
export * from "./reference.js";
export * from "./run.js";
export * from "./sample.js";
export * from "./socket-events.js";
export * from "./status.js";
export * from "./system-c.js";
export * from "./timing.js";
export * from "./topics.js";
export * from "./trend.js";
