/**
 * Writes responses. Each sets its content length, because HEAD must have the headers of GET; Node omits the body of
 * HEAD.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

type Headers = Readonly<Record<string, string>>;

export function sendBody(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: Headers = {},
): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Headers = {},
): void {
  const type = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
  sendBody(response, status, `${JSON.stringify(value)}\n`, { ...type, ...headers });
}

/** Sends one line of text. */
export function plain(response: ServerResponse, status: number, text: string, headers: Headers = {}): void {
  sendBody(response, status, `${text}\n`, { "content-type": "text/plain; charset=utf-8", ...headers });
}

/** The method of a request; HEAD counts as GET. */
export function methodOf({ method }: IncomingMessage): string {
  return method === "HEAD" ? "GET" : (method ?? "");
}

/** Value of the Allow header. */
export function allowOf(methods: readonly string[]): string {
  return methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
}

/** Thrown by a route to refuse a request; the router's area for the path formats the response. */
export class HttpError extends Error {
  /** @param message one line for the client */
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Headers = {},
  ) {
    super(message);
  }
}
