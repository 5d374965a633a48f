/** Buckets of any S3-compatible server: AWS, Ceph (CloudVeneto), MinIO. */
export { checkEndpoint, type S3Access } from "./access.js";
export { isS3Address, parseS3Address, s3Url, type S3Address } from "./address.js";
export {
  downloadPrefix,
  type DownloadOptions,
  type DownloadProgress,
  type DownloadReport,
} from "./download.js";
export { s3Inputs, type S3InputOptions } from "./source.js";
export { openStore, type S3Object, type S3Store } from "./store.js";
