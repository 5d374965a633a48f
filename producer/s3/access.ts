/** Options for access to a bucket. */
import { UsageError } from "../../pipeline/model/index.js";

export interface S3Access {
  /** URL of the server; default: the endpoint in the AWS configuration, or AWS. */
  endpoint?: string | undefined;
  /** Default: the region in the AWS configuration, or us-east-1. */
  region?: string | undefined;
  /** Bucket in the path (true) or in the host name (false); default: in the path if an endpoint is given. */
  pathStyle?: boolean | undefined;
  /** Profile of the AWS configuration files. */
  profile?: string | undefined;
  /** JSON file with the keys, see {@link readCredentialsFile}. */
  credentialsFile?: string | undefined;
  /** Sends requests without credentials. */
  anonymous?: boolean | undefined;
  /** Keys of one page of a list; default: the server's choice, at most 1000. */
  pageKeys?: number | undefined;
  /** Idle timeout after which a connection counts as broken, ms; default 30 000. */
  silenceMs?: number | undefined;
  /** Pause before the first retry, ms; doubles up to 5 s; default 200. */
  firstPauseMs?: number | undefined;
}

export const defaultSilenceMs = 30_000;

/** Advice for missing or wrong credentials. */
export const howToGetCredentials =
  "give them as a JSON file (--s3-credentials FILE), a profile of ~/.aws (--s3-profile NAME) or AWS_ACCESS_KEY_ID and " +
  "AWS_SECRET_ACCESS_KEY; ask the operator of the bucket for them (OpenStack, such as CloudVeneto: openstack ec2 credentials create -f json); " +
  "for a public bucket use --s3-anonymous";

/** @throws UsageError for an invalid URL, or one with a password; the message does not repeat the URL */
export function checkEndpoint(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError("the S3 endpoint must be a URL such as https://s3.example.org");
  }
  if (url.username !== "" || url.password !== "")
    throw new UsageError("the S3 endpoint must not contain user and password: pass credentials separately");
  if (!["http:", "https:"].includes(url.protocol))
    throw new UsageError(`the S3 endpoint must begin with https:// or http://, not "${url.protocol}//"`);
  return text;
}
