/** The HTTP interface: finds the operation, checks token and rate, reads the body, writes the answer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzip } from "node:zlib";
import { allowOf, methodOf, sendBody } from "../answer.js";
import { readBody } from "../read-body.js";
import { setCommonHeaders } from "../security-headers.js";
import { bearerOf, RateLimit, type TokenCheck } from "./access.js";
import type { Operation } from "./operation.js";
import { nextLink } from "./pages.js";

/** Largest body of a request; a reference has about 100 KB. */
const maxBodyBytes = 1 << 20;
const gzipFromBytes = 2048;
/** A page's export asks once; a program that asks more often than this is out of control. */
const requestsPerSecond = 20;
const requestsAtOnce = 100;

interface Compiled {
  operation: Operation;
  pattern: RegExp;
  names: string[];
}

interface ApiOptions {
  operations: readonly Operation[];
  document: object;
  hasToken: TokenCheck;
  log: (line: string) => void;
}

const documentPath = "/api/v1/openapi.json";

/** @returns a handler that tells whether a request was its own */
export function createApi(
  options: ApiOptions,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const compiled = options.operations.map(compile);
  const limit = new RateLimit(requestsPerSecond, requestsAtOnce);
  return (request, response) => {
    const url = new URL(request.url ?? "/", "http://bridge");
    if (!url.pathname.startsWith("/api/v1/")) return false;
    setCommonHeaders(response);
    response.setHeader("cache-control", "no-store");
    void answer({ request, response, url, compiled, limit, options }).catch((error: unknown) => {
      options.log(`${url.pathname}: ${error instanceof Error ? error.message : String(error)}`);
      if (response.headersSent) response.destroy();
      else send(request, response, 500, { error: "internal error" });
    });
    return true;
  };
}

function compile(operation: Operation): Compiled {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const pattern = new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`);
  return { operation, pattern, names };
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  compiled: Compiled[];
  limit: RateLimit;
  options: ApiOptions;
}

async function answer({ request, response, url, compiled, limit, options }: Exchange): Promise<void> {
  const refuse = (status: number, error: string): void => send(request, response, status, { error });
  if (!limit.take(request.socket.remoteAddress ?? "")) {
    response.setHeader("retry-after", "1");
    return refuse(429, "too many requests: wait a moment");
  }
  const method = methodOf(request);
  const refuseMethod = (methods: readonly string[]): void => {
    response.setHeader("allow", allowOf(methods));
    refuse(405, "this path has other methods");
  };
  if (url.pathname === documentPath)
    return method === "GET" ? send(request, response, 200, options.document) : refuseMethod(["GET"]);
  if (!options.hasToken(bearerOf(request))) {
    response.setHeader("www-authenticate", "Bearer");
    return refuse(401, "a token is needed: Authorization: Bearer …");
  }
  const here = compiled.filter(({ pattern }) => pattern.test(url.pathname));
  if (here.length === 0) return refuse(404, "there is no such path, see /api/v1/openapi.json");
  const found = here.find(({ operation }) => operation.method === method);
  if (found === undefined) return refuseMethod(here.map(({ operation }) => operation.method));
  const body = await bodyOf(request, found.operation);
  if ("error" in body) return refuse(body.status, body.error);
  await run(found, url, body.value, request, response);
}

async function run(
  { operation, pattern, names }: Compiled,
  url: URL,
  body: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts = pattern.exec(url.pathname)?.slice(1) ?? [];
  const path = Object.fromEntries(names.map((name, i) => [name, decode(parts[i] ?? "")]));
  const format = url.searchParams.get("format") ?? "json";
  const writer = Object.hasOwn(operation.formats ?? {}, format) ? operation.formats?.[format] : undefined;
  if (format !== "json" && writer === undefined)
    return send(request, response, 400, { error: "unknown format" });
  const answered = await operation.run({ path, query: url.searchParams, body });
  if (!answered.ok) return send(request, response, 400, { error: answered.error });
  if (answered.next !== undefined) response.setHeader("link", nextLink(url, answered.next));
  if (writer === undefined) return send(request, response, 200, answered.value);
  sendText(request, response, 200, writer.type, writer.write(answered.value as never));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

type Body = { value: unknown } | { status: number; error: string };

async function bodyOf(request: IncomingMessage, { body }: Operation): Promise<Body> {
  if (body === undefined) return { value: undefined };
  // A form of another site cannot send this type without being asked first.
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    return { status: 415, error: "the body must be application/json" };
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding.toLowerCase() !== "identity")
    return {
      status: 415,
      error: `the body must not be compressed, content-encoding ${encoding} is not supported`,
    };
  const bytes = await readBody(request, maxBodyBytes);
  if (bytes === null) return { status: 413, error: `a body has at most ${maxBodyBytes} bytes` };
  try {
    const value = JSON.parse(bytes.toString()) as unknown;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { value };
  } catch {
    // Said below.
  }
  return { status: 400, error: "the body must be a JSON object" };
}

function send(request: IncomingMessage, response: ServerResponse, status: number, value: unknown): void {
  sendText(request, response, status, "application/json; charset=utf-8", `${JSON.stringify(value)}\n`);
}

function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
): void {
  response.setHeader("content-type", type);
  response.setHeader("vary", "accept-encoding");
  const zipped = text.length >= gzipFromBytes && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
  if (!zipped) return sendBody(response, status, text);
  gzip(text, { level: 3 }, (error, bytes) => {
    if (error !== null) return void response.destroy();
    sendBody(response, status, bytes, { "content-encoding": "gzip" });
  });
}
