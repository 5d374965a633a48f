export { createFileSource, openFile } from "./file-source.js";
export type { FileSourceOptions } from "./file-source.js";
export { createStreamSource } from "./stream-source.js";
export type { StreamInput, StreamSourceOptions } from "./stream-source.js";
