/** Buckets of any S3-compatible server: AWS, Ceph (CloudVeneto), MinIO. */
export { checkEndpoint, type S3Access } from "./access.js";
export { isS3Address, parseS3Address } from "./address.js";
export { downloadPrefix, type DownloadProgress, type DownloadReport } from "./download.js";
export { s3Inputs } from "./source.js";
export { openStore, type S3Object, type S3Store } from "./store.js";
