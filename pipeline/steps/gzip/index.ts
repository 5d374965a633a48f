export { GzipFault } from "./fault.js";
export { gunzip } from "./gunzip.js";
export { isGzipName, Unpacked, withoutGzip, type ByteChunks } from "./unpacked.js";
