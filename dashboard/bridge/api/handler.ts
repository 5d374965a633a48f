/** The HTTP interface as routes: checks token and request rate, selects the format, writes the response. */
import type { IncomingMessage } from "node:http";
import { gzip } from "node:zlib";
import { HttpError, sendBody } from "../answer.js";
import { readJsonObject } from "../read-body.js";
import type { Area, Exchange, Route } from "../router.js";
import { bearerOf, RateLimit, type TokenCheck } from "./access.js";
import type { Operation } from "./operation.js";
import { nextLink } from "./pages.js";

/** Largest request body; a reference has about 100 KB. */
const maxBodyBytes = 1 << 20;
const gzipFromBytes = 2048;
/** An export of the page sends one request; only a faulty program exceeds this rate. */
const requestsPerSecond = 20;
const requestsAtOnce = 100;

const documentPath = "/api/v1/openapi.json";
const json = "application/json; charset=utf-8";

/** All paths below `/api/v1/`: they have a rate limit, and all but the OpenAPI document require the token. */
export function apiArea(hasToken: TokenCheck): Area {
  const limit = new RateLimit(requestsPerSecond, requestsAtOnce);
  return {
    prefix: "/api/v1/",
    missing: `path not found, see ${documentPath}`,
    admit: ({ request, response, url }) => {
      response.setHeader("cache-control", "no-store");
      if (!limit.take(request.socket.remoteAddress ?? ""))
        throw new HttpError(429, "too many requests: wait a moment", { "retry-after": "1" });
      if (url.pathname !== documentPath && !hasToken(bearerOf(request)))
        throw new HttpError(401, tokenNeeded, { "www-authenticate": "Bearer" });
    },
    refuse: (exchange, { status, message, headers }) => {
      for (const [name, value] of Object.entries(headers)) exchange.response.setHeader(name, value);
      send(exchange, status, { error: message });
    },
  };
}

/** Response to a missing or wrong token. */
export const tokenNeeded = "token required: Authorization: Bearer …";

export function apiRoutes(operations: readonly Operation[], document: object): Route[] {
  const own: Route = {
    method: "GET",
    path: documentPath,
    run: (exchange) => send(exchange, 200, document),
  };
  return [own, ...operations.map(routeOf)];
}

function routeOf(operation: Operation): Route {
  const { method, path, body } = operation;
  return {
    method,
    path,
    run: async (exchange) => {
      const given = body === undefined ? undefined : await readJsonObject(exchange.request, maxBodyBytes);
      await run(operation, exchange, given);
    },
  };
}

async function run(operation: Operation, exchange: Exchange, body: unknown): Promise<void> {
  const { url, response, path } = exchange;
  const format = url.searchParams.get("format") ?? "json";
  const writer = Object.hasOwn(operation.formats ?? {}, format) ? operation.formats?.[format] : undefined;
  if (format !== "json" && writer === undefined) throw new HttpError(400, "unknown format");
  const answered = await operation.run({ path, query: url.searchParams, body });
  if (!answered.ok) throw new HttpError(400, answered.error);
  if (answered.next !== undefined) response.setHeader("link", nextLink(url, answered.next));
  if (writer === undefined) return send(exchange, 200, answered.value);
  sendText(exchange, 200, writer.type, writer.write(answered.value as never));
}

function send(exchange: Exchange, status: number, value: unknown): void {
  sendText(exchange, status, json, `${JSON.stringify(value)}\n`);
}

function sendText({ request, response }: Exchange, status: number, type: string, text: string): void {
  response.setHeader("content-type", type);
  response.setHeader("vary", "accept-encoding");
  if (text.length < gzipFromBytes || !takesGzip(request)) return sendBody(response, status, text);
  gzip(text, { level: 3 }, (error, bytes) => {
    if (error !== null) return void response.destroy();
    sendBody(response, status, bytes, { "content-encoding": "gzip" });
  });
}

function takesGzip({ headers }: IncomingMessage): boolean {
  return /\bgzip\b/.test(headers["accept-encoding"] ?? "");
}
