/** Data quality: rules, findings, lights and alarms. Pure: no input or output. */
export * from "./alarms.js";
export * from "./diagnoses.js";
export { defaultRules } from "./default-rules.js";
export * from "./judge.js";
export * from "./rules-config.js";
export * from "./run-judge.js";
