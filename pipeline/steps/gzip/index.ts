export { GzipFault } from "./fault.js";
export { gunzip } from "./gunzip.js";
export type { OpenBytes } from "./member.js";
export { isGzipName, Unpacked, withoutGzip, type ByteChunks } from "./unpacked.js";
