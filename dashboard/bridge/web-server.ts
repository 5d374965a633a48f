/** The HTTP server under the bridge: guard, extra routes, page, and a port that may be taken. */
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { UnavailableError } from "../../pipeline/model/index.js";
import type { Guard } from "./guard.js";
import { allowOf, methodOf, plain } from "./answer.js";
import { createPageHandler } from "./page.js";
import { setCommonHeaders } from "./security-headers.js";

type RouteHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
/** Handlers by "METHOD /path", the path without a query. */
export type Routes = ReadonlyMap<string, RouteHandler>;

export interface WebServerOptions {
  guard: Guard;
  pageFolder: string;
  routes?: Routes;
  /** Tells whether a request was its own. */
  api?: (request: IncomingMessage, response: ServerResponse) => boolean;
  log?: (line: string) => void;
}

export function createWebServer(options: WebServerOptions): Server {
  const page = createPageHandler(options.pageFolder);
  return createServer((request, response) => void answer(request, response, page, options));
}

/** @throws UnavailableError when the port is taken */
export async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    throw new UnavailableError(explain(cause as NodeJS.ErrnoException, host, port), { cause });
  }
  return server.address() as AddressInfo;
}

/** @throws UnavailableError when the port is taken: to find out before anything else is started */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const server = createServer();
  await listen(server, host, port);
  await new Promise((resolve) => server.close(resolve));
}

function explain({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === "EADDRINUSE") return `port ${port} on ${host} is in use: choose another port`;
  if (code === "EACCES") return `port ${port} on ${host} may not be used by this user`;
  return `cannot listen on ${host}, port ${port}: ${message}`;
}

/** Whatever a request brings about becomes an answer: nothing of it may end the process. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  page: RequestListener,
  options: WebServerOptions,
): Promise<void> {
  try {
    await serve(request, response, page, options);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    options.log?.(`${request.method} ${request.url}: ${what}`);
    if (response.headersSent) response.destroy();
    else refuse(response, 500, "internal error");
  }
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  page: RequestListener,
  { guard, api, routes }: WebServerOptions,
): void | Promise<void> {
  const address = request.url ?? "/";
  // Of `//` or `/\` nobody can make a path.
  if (!URL.canParse(address, "http://bridge")) return refuse(response, 400, "the path cannot be read");
  if (!guard(request.headers)) return refuse(response, 403, "refused: unknown host or foreign origin");
  if (api?.(request, response) === true) return;
  const path = address.split("?", 1)[0] ?? "";
  const route = routes?.get(`${methodOf(request)} ${path}`);
  const methods = methodsAt(path, routes);
  if (route === undefined && methods.length === 0) return page(request, response);
  setCommonHeaders(response);
  if (route !== undefined) return route(request, response);
  plain(response, 405, "method not allowed", { allow: allowOf(methods) });
}

/** The methods under which routes are known at a path. */
function methodsAt(path: string, routes: Routes = new Map()): string[] {
  const known = [...routes.keys()].map((key) => key.split(" ") as [string, string]);
  return known.flatMap(([method, at]) => (at === path ? [method] : []));
}

function refuse(response: ServerResponse, status: number, text: string): void {
  setCommonHeaders(response);
  plain(response, status, text);
}
