export { openFile } from "./open-file.js";
export { createStreamSource } from "./stream-source.js";
export type { StreamInput } from "./stream-source.js";
