/** Kafka as seen from TypeScript: settings of the client, sending rows, reading windows. */
export * from "./access.js";
export * from "./properties.js";
export * from "./sender.js";
export * from "./topic.js";
export * from "./window-source.js";
