/** Settings of the S3 client in the AWS SDK. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { checkEndpoint, defaultSilenceMs, type S3Access } from "./access.js";
import { readCredentialsFile, type FileCredentials } from "./credentials-file.js";

const connectMs = 10_000;
const attempts = 4;

/** @throws UsageError */
export function clientConfig(access: S3Access): {
  endpoint: string | null;
  config: S3ClientConfig & { requestHandler: { requestTimeout: number } };
} {
  const file = access.credentialsFile === undefined ? null : readCredentialsFile(access.credentialsFile);
  const endpoint = endpointOf(access, file);
  const config = {
    ...(endpoint === null ? {} : { endpoint: checkEndpoint(endpoint) }),
    ...regionOf(access, file, endpoint),
    forcePathStyle: access.pathStyle ?? endpoint !== null,
    followRegionRedirects: true,
    maxAttempts: attempts,
    // Ceph and older servers do not know the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: access.silenceMs ?? defaultSilenceMs,
      throwOnRequestTimeout: true,
    },
    ...(access.profile === undefined ? {} : { profile: access.profile }),
    ...(file === null ? {} : { credentials: file }),
    ...(access.anonymous === true ? unsigned : {}),
  } satisfies S3ClientConfig;
  return { endpoint, config };
}

function endpointOf(access: S3Access, file: FileCredentials | null): string | null {
  const { env } = process;
  return access.endpoint ?? file?.endpoint ?? env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"] ?? null;
}

/** Empty if the AWS configuration may contain a region; servers other than AWS accept any region. */
function regionOf(
  { region, profile }: S3Access,
  file: FileCredentials | null,
  endpoint: string | null,
): { region?: string } {
  const named = region ?? file?.region ?? process.env["AWS_REGION"];
  if (named !== undefined) return { region: named };
  const configFile = process.env["AWS_CONFIG_FILE"] ?? join(homedir(), ".aws", "config");
  const isConfigured = endpoint === null && (profile !== undefined || existsSync(configFile));
  return isConfigured ? {} : { region: "us-east-1" };
}

/** Unused credentials, because the SDK requires some, and a signer that does not sign. */
const unsigned = {
  credentials: { accessKeyId: "anonymous", secretAccessKey: "anonymous" },
  signer: { sign: (request) => Promise.resolve(request) },
} as Pick<S3ClientConfig, "credentials" | "signer">;
