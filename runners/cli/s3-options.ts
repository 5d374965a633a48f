/** Options for access to a bucket, shared by all verbs that read from buckets. */
import type { S3Access } from "../../producer/index.js";
import { answerMs } from "../net/index.js";
import { secretFile } from "./secret-file.js";
import { defineOption, defineOptions, type ValuesOf } from "./option.js";
import type { CliContext } from "./verb.js";

export const s3EndpointOption = defineOption({
  flags: "--s3-endpoint <url>",
  description: "S3 server, such as that of Ceph or MinIO",
  defaultText: "the value of the AWS configuration, or AWS",
});

export const s3Options = defineOptions([
  s3EndpointOption,
  {
    flags: "--s3-region <name>",
    description: "region of the bucket",
    defaultText: "the value of the AWS configuration, or us-east-1",
  },
  {
    flags: "--s3-path-style <mode>",
    description:
      "put the bucket into the path of the URL, not into the host name; auto: on if an endpoint is given",
    choices: ["auto", "on", "off"],
    default: "auto",
  },
  {
    flags: "--s3-profile <name>",
    description: "profile of ~/.aws with the credentials",
    defaultText: "the usual AWS chain: environment, ~/.aws, the machine's role",
  },
  {
    flags: "--s3-credentials <file>",
    description:
      'JSON file with the credentials: {"access_key": ..., "secret_key": ...}, or with the key names of AWS',
  },
  { flags: "--s3-anonymous", description: "use no credentials, for a public bucket", default: false },
]);

export type S3Options = ValuesOf<typeof s3Options>;

/** Long, because objects on tape or on distant servers respond slowly. */
const usualSilenceSeconds = 30;

export function s3Access(options: S3Options, { folder }: CliContext): S3Access {
  const { s3Credentials, s3PathStyle } = options;
  return {
    endpoint: options.s3Endpoint,
    region: options.s3Region,
    pathStyle: s3PathStyle === "auto" ? undefined : s3PathStyle === "on",
    profile: options.s3Profile,
    credentialsFile:
      s3Credentials === undefined ? undefined : secretFile("--s3-credentials", s3Credentials, folder),
    anonymous: options.s3Anonymous,
    silenceMs: answerMs(usualSilenceSeconds),
  };
}
