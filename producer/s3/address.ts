/** Names of objects in buckets: `s3://BUCKET/PREFIX`. */
import { UsageError } from "../../pipeline/model/index.js";

export interface S3Address {
  bucket: string;
  /** Prefix of the keys; empty for the whole bucket. */
  prefix: string;
}

const scheme = "s3://";

export function isS3Address(text: string): boolean {
  return text.startsWith(scheme);
}

/** @throws UsageError */
export function parseS3Address(text: string): S3Address {
  const match = /^s3:\/\/([a-zA-Z0-9][a-zA-Z0-9._-]{1,254})(?:\/(.*))?$/s.exec(text);
  if (match === null) throw new UsageError(`"${text}": must be s3://BUCKET or s3://BUCKET/PREFIX`);
  return { bucket: match[1] as string, prefix: match[2] ?? "" };
}

export function s3Url(bucket: string, key: string): string {
  return `${scheme}${bucket}/${key}`;
}
