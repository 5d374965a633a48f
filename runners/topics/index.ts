/** Inspecting topics and publishing by hand: formats, unrolled JSON, inferred schema, values to publish. */
export * from "./formats.js";
export * from "./published-values.js";
export * from "./schema-guess.js";
export * from "./unroll.js";
export * from "./value-kind.js";
