/** Kafka as seen from TypeScript: settings of the client, sending rows, reading windows, looking into topics. */
export * from "./access.js";
export * from "./admin.js";
export * from "./connect-failure.js";
export * from "./last-sequences.js";
export * from "./late-tally.js";
export * from "./partition-positions.js";
export * from "./positions.js";
export * from "./properties.js";
export * from "./publisher.js";
export * from "./range-reader.js";
export * from "./read-tally.js";
export * from "./sender.js";
export * from "./tally-source.js";
export * from "./topic.js";
export * from "./topic-glance.js";
export * from "./window-source.js";
