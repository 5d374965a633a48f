export { followFile } from "./follow-file.js";
export { inLayoutBytes } from "./layout-bytes.js";
export { openFile } from "./open-file.js";
export { createStreamSource } from "./stream-source.js";
export type { InputBytes, StreamInput } from "./stream-source.js";
