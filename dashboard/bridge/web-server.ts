/** The HTTP server under the bridge: guard, extra routes, page, and a port that may be taken. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { UnavailableError } from "../../pipeline/model/index.js";
import type { Guard } from "./guard.js";
import { createPageHandler, plain } from "./page.js";
import { setCommonHeaders } from "./security-headers.js";

export type RouteHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
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
  return createServer((request, response) => {
    if (!options.guard(request.headers)) return refuse(response);
    if (options.api?.(request, response) === true) return;
    const path = (request.url ?? "/").split("?", 1)[0];
    const route = options.routes?.get(`${request.method} ${path}`);
    if (route === undefined) page(request, response);
    else void answer(route, request, response, options.log);
  });
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

function explain({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === "EADDRINUSE") return `port ${port} on ${host} is in use: choose another port`;
  if (code === "EACCES") return `port ${port} on ${host} may not be used by this user`;
  return `cannot listen on ${host}, port ${port}: ${message}`;
}

function refuse(response: ServerResponse): void {
  setCommonHeaders(response);
  plain(response, 403, "refused: unknown host or foreign origin");
}

async function answer(
  route: RouteHandler,
  request: IncomingMessage,
  response: ServerResponse,
  log: ((line: string) => void) | undefined,
): Promise<void> {
  setCommonHeaders(response);
  try {
    await route(request, response);
  } catch (error) {
    log?.(`route ${request.url ?? ""}: ${error instanceof Error ? error.message : String(error)}`);
    if (response.headersSent) response.destroy();
    else plain(response, 500, "internal error");
  }
}
