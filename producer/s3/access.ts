/** How a bucket is reached. */
import { UsageError } from "../../pipeline/model/index.js";

export interface S3Access {
  /** URL of the server; without it, the one that the AWS configuration names, or AWS. */
  endpoint?: string | undefined;
  /** Without it, the one that the AWS configuration names, or us-east-1. */
  region?: string | undefined;
  /** Bucket in the path (true) or in the host's name; without it, in the path where an endpoint is given. */
  pathStyle?: boolean | undefined;
  /** Profile of the AWS configuration files. */
  profile?: string | undefined;
  /** JSON file with the keys, see {@link readCredentialsFile}. */
  credentialsFile?: string | undefined;
  /** Asks without credentials. */
  anonymous?: boolean | undefined;
  /** Keys of one page of a list; default: the server's choice, at most 1000. */
  pageKeys?: number | undefined;
  /** Idle timeout after which a connection counts as broken, ms; default 30 000. */
  silenceMs?: number | undefined;
  /** Pause before the first repetition, ms; doubles up to 5 s; default 200. */
  firstPauseMs?: number | undefined;
}

export const defaultSilenceMs = 30_000;

/** What to do where credentials are missing or wrong. */
export const howToGetCredentials =
  "give them as a JSON file (--s3-credentials FILE), a profile of ~/.aws (--s3-profile NAME) or AWS_ACCESS_KEY_ID and " +
  "AWS_SECRET_ACCESS_KEY; who runs the bucket hands them out (OpenStack, as CloudVeneto: openstack ec2 credentials create -f json); " +
  "for a public bucket use --s3-anonymous";

/** @throws UsageError for a URL that is none, or that holds a password; it is not repeated then */
export function checkEndpoint(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError("the S3 endpoint must be a URL such as https://s3.example.org");
  }
  if (url.username !== "" || url.password !== "")
    throw new UsageError("the S3 endpoint must not hold user and password: give credentials by themselves");
  if (!["http:", "https:"].includes(url.protocol))
    throw new UsageError(`the S3 endpoint must begin with https:// or http://, not "${url.protocol}//"`);
  return text;
}
