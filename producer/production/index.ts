export { maxRowsPerMessage } from "./options.js";
export type { ProductionOptions } from "./options.js";
export { startProduction } from "./production.js";
export type { Production } from "./production.js";
export type { ProductionStats } from "./stats.js";
export { troubleText } from "./trouble.js";
export type { BatchPlan, Journal, ResumePoint } from "./journal.js";
export { partitionRules, type PartitionBy } from "./packet-rule.js";
