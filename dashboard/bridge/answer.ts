/** Writes responses. Each has its length, so that HEAD has the same headers as GET; Node leaves out the body of HEAD. */
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

/** One line of text as an answer. */
export function plain(response: ServerResponse, status: number, text: string, headers: Headers = {}): void {
  sendBody(response, status, `${text}\n`, { "content-type": "text/plain; charset=utf-8", ...headers });
}

/** HEAD asks for what GET would answer. */
export function methodOf({ method }: IncomingMessage): string {
  return method === "HEAD" ? "GET" : (method ?? "");
}

/** Value of the header Allow. */
export function allowOf(methods: readonly string[]): string {
  return methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
}

/** Refuses a request: thrown by a route, answered in the form of its area. */
export class HttpError extends Error {
  /** @param message one line for who asked */
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Headers = {},
  ) {
    super(message);
  }
}
