/** Reads keys from a JSON file, in any of the usual spellings. */
import { readFileSync } from "node:fs";
import { UsageError } from "../../pipeline/model/index.js";

export interface FileCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** Present if the file contains them. */
  endpoint?: string;
  region?: string;
}

/** Accepted names, without case, `_` and `-`. */
const spellings: Record<keyof FileCredentials, readonly string[]> = {
  accessKeyId: ["accesskeyid", "accesskey", "access", "awsaccesskeyid"],
  secretAccessKey: ["secretaccesskey", "secretkey", "secret", "awssecretaccesskey"],
  sessionToken: ["sessiontoken", "awssessiontoken", "token"],
  endpoint: ["endpoint", "endpointurl", "awsendpointurl"],
  region: ["region", "regionname", "awsregion", "awsdefaultregion"],
};

/**
 * Reads `{"access_key": ..., "secret_key": ...}`, `{"AccessKeyId": ..., "SecretAccessKey": ...}` and similar objects, also
 * as the value of one key (`{"Credentials": {...}}`) or as the first element of an array.
 * @throws UsageError with the file and the missing key, but never a value
 */
export function readCredentialsFile(path: string): FileCredentials {
  const fields = fieldsOf(readJson(path), path);
  const { accessKeyId, secretAccessKey, ...more } = fields;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? "access_key" : "secret_key";
    throw new UsageError(
      `${path}: no "${missing}" in it; {"access_key": "...", "secret_key": "..."} is needed`,
    );
  }
  return { accessKeyId, secretAccessKey, ...more };
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UsageError(`${path}: ${missing ? "no such file with credentials" : (error as Error).message}`);
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch {
    // The parser's own message would contain a part of the file.
    throw new UsageError(`${path}: is not JSON; {"access_key": "...", "secret_key": "..."} is needed`);
  }
}

function fieldsOf(value: unknown, path: string): Partial<FileCredentials> {
  const object = objectOf(Array.isArray(value) ? (value as unknown[])[0] : value, path);
  const found: Partial<FileCredentials> = {};
  for (const [name, content] of Object.entries(object)) {
    const field = fieldNamed(name);
    if (field !== undefined && typeof content === "string" && content !== "") found[field] = content.trim();
  }
  const inner = Object.values(object).filter((content) => typeof content === "object" && content !== null);
  const isWrapped =
    found.accessKeyId === undefined && found.secretAccessKey === undefined && inner.length === 1;
  return isWrapped ? { ...found, ...fieldsOf(inner[0], path) } : found;
}

function objectOf(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new UsageError(
    `${path}: must contain a JSON object such as {"access_key": "...", "secret_key": "..."}`,
  );
}

function fieldNamed(name: string): keyof FileCredentials | undefined {
  const plain = name.toLowerCase().replaceAll(/[_-]/g, "");
  const fields = Object.keys(spellings) as (keyof FileCredentials)[];
  return fields.find((field) => spellings[field].includes(plain));
}
