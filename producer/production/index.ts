export { defaultProductionRateHz, defaultRowsPerMessage, maxRowsPerMessage } from "./options.js";
export type { ProductionOptions } from "./options.js";
export { startProduction } from "./production.js";
export type { Production } from "./production.js";
export type { ProductionStats } from "./stats.js";
