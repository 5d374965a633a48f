/** Errors of an S3 server or of the connection to it, as one line with the remedy and without secrets. */
import { InputError, MuonitorError, UnavailableError, UsageError } from "../../pipeline/model/index.js";
import { howToGetCredentials, type S3Access } from "./access.js";

/** The server and the options of the request. */
export interface S3Place {
  /** Null for AWS. */
  endpoint: string | null;
  access: S3Access;
}

interface Answered {
  name?: string;
  Code?: string;
  code?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number };
  $responseBodyText?: string;
}

/** @param name name of the requested bucket or object */
export function explainS3Error(error: unknown, name: string, place: S3Place): Error {
  if (error instanceof MuonitorError) return error;
  if ((error as Error | null)?.name === "AbortError") return error as Error;
  const answered = (error ?? {}) as Answered;
  const where = place.endpoint ?? "AWS";
  return (
    explainCode(answered, name, where, place, error) ??
    explainCredentials(answered, place, error) ??
    explainConnection(answered, where, error) ??
    explainStatus(answered, name, where, error)
  );
}

/** Texts for the error codes of the server. */
function explainCode(
  answered: Answered,
  name: string,
  where: string,
  place: S3Place,
  cause: unknown,
): Error | null {
  const code = answered.Code ?? answered.name ?? "";
  const reason = reasons[code];
  if (reason !== undefined) return new InputError(name, reason(where, place), cause);
  const status = statusOf(answered);
  if (status === 403) return new InputError(name, denied(where, place), cause);
  // An S3 server's error contains the name of the missing item; a web server's does not.
  if (status === 404) return noS3Server(where, cause);
  if (status === 412) return new InputError(name, changedReason, cause);
  return null;
}

type Reason = (where: string, place: S3Place) => string;

/** Reason if an object has changed since it was listed. */
export const changedReason = "has changed since it was listed: read it again from the beginning";
const otherRegion: Reason = (_, { access }) =>
  `the bucket is not in region ${access.region ?? "us-east-1"}: set it with --s3-region`;
const denied: Reason = (where, { access }) =>
  access.anonymous === true
    ? `${where} requires credentials for it: ${howToGetCredentials}`
    : `${where} denies access: these credentials do not permit reading it (${credentialsFrom(access)})`;

const reasons: Record<string, Reason> = {
  NoSuchBucket: (where) => `no such bucket at ${where}`,
  NoSuchKey: () => "no such object",
  AccessDenied: denied,
  AllAccessDisabled: denied,
  InvalidAccessKeyId: (where, { access }) =>
    `${where} does not know the access key (${credentialsFrom(access)}): ${howToGetCredentials}`,
  SignatureDoesNotMatch: (where, { access }) =>
    `the secret key does not match the access key at ${where} (${credentialsFrom(access)})`,
  ExpiredToken: (_, { access }) => `the credentials have expired (${credentialsFrom(access)}): get new ones`,
  InvalidToken: (_, { access }) =>
    `the session token is not valid (${credentialsFrom(access)}): get new credentials`,
  RequestTimeTooSkewed: () =>
    "the clock of this machine is wrong by minutes: set it, because S3 signatures contain the time",
  InvalidObjectState: () =>
    "the object is archived (storage class GLACIER or similar): restore it first, for example with aws s3api restore-object",
  PreconditionFailed: () => changedReason,
  InvalidRange: () => changedReason,
  PermanentRedirect: otherRegion,
  AuthorizationHeaderMalformed: otherRegion,
  InvalidBucketName: () => "the bucket name is invalid",
};

function credentialsFrom(access: S3Access): string {
  if (access.credentialsFile !== undefined) return `from ${access.credentialsFile}`;
  if (access.profile !== undefined) return `from profile ${access.profile}`;
  return "from the usual AWS places: environment, ~/.aws, the machine's role";
}

/** Error if the SDK found no credentials or no region. */
function explainCredentials({ name, message }: Answered, { access }: S3Place, cause: unknown): Error | null {
  if (message === "Region is missing")
    return new UsageError("the region of the bucket is not known: set it with --s3-region", { cause });
  if (name !== "CredentialsProviderError" && name !== "TokenProviderError") return null;
  const where =
    access.profile === undefined
      ? "there are no S3 credentials"
      : `profile ${access.profile} has no S3 credentials`;
  return new UsageError(`${where}: ${howToGetCredentials}`, { cause });
}

const connectionReasons: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "unknown host",
  EAI_AGAIN: "the host name cannot be resolved",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the host",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "it does not answer in time",
  TimeoutError: "it does not answer in time",
  EPROTO: "it does not speak TLS: did you mean http://?",
  HPE_INVALID_CONSTANT: "it does not speak HTTP",
};

function explainConnection({ name, code, message }: Answered, where: string, cause: unknown): Error | null {
  const reason = connectionReasons[code ?? ""] ?? connectionReasons[name ?? ""];
  if (reason !== undefined) return new UnavailableError(`${where} cannot be reached: ${reason}`, { cause });
  if (/certificate|CERT/i.test(`${code} ${message}`))
    return new UnavailableError(`${where} cannot be trusted: ${message}`, { cause });
  return null;
}

function explainStatus(answered: Answered, name: string, where: string, cause: unknown): Error {
  const status = statusOf(answered) ?? 0;
  const code = answered.Code ?? answered.name ?? "";
  const { message = code } = answered;
  if (status >= 500)
    return new UnavailableError(`${where} cannot serve ${name} now: ${status} ${code}`, { cause });
  if (answered.$responseBodyText?.includes("<ListBucketResult") === true) return new CutShort(where, cause);
  if (cause instanceof SyntaxError || status === 200 || /deserializ/i.test(message))
    return noS3Server(where, cause);
  const reason = status === 0 ? message : `${status} ${code}`;
  return new MuonitorError(`${where} refuses ${name}: ${reason}`, { cause });
}

/** Only a part of a list of objects was received. */
export class CutShort extends UnavailableError {
  constructor(where: string, cause?: unknown) {
    super(`${where} cannot be read: its list of objects is truncated`, { cause });
  }
}

export function noS3Server(where: string, cause?: unknown): MuonitorError {
  return new MuonitorError(`${where} does not answer like an S3 server: is it the right endpoint?`, {
    cause,
  });
}

function statusOf({ $metadata, $response }: Answered): number | undefined {
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}
