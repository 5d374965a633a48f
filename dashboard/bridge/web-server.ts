/** The bridge's HTTP server: guard, further routes and page. */
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
import { plain } from "./answer.js";
import { createPageHandler } from "./page.js";
import { Router, type Area, type Routes } from "./router.js";
import { setCommonHeaders } from "./security-headers.js";

interface WebServerOptions {
  guard: Guard;
  pageFolder: string;
  routes?: Routes;
  areas?: readonly Area[];
  log?: (line: string) => void;
}

/** @throws UnavailableError if the page is not built */
export function createWebServer(options: WebServerOptions): Server {
  const page = createPageHandler(options.pageFolder);
  const router = new Router(options.routes ?? [], options.areas);
  return createServer((request, response) => void answer(request, response, { ...options, page, router }));
}

/** @throws UnavailableError if the port is in use */
export async function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    throw new UnavailableError(explain(cause as NodeJS.ErrnoException, host, port), { cause });
  }
  return server.address() as AddressInfo;
}

/** Checks the port before anything else is started. @throws UnavailableError if it is in use */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const server = createServer();
  await listen(server, host, port);
  await new Promise((resolve) => server.close(resolve));
}

function explain({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === "EADDRINUSE") return `port ${port} on ${host} is in use: choose another port`;
  if (code === "EACCES")
    return `port ${port} on ${host} is not allowed for this user: choose a port above 1023`;
  return `cannot listen on ${host}, port ${port}: ${message}`;
}

interface Answering extends WebServerOptions {
  page: RequestListener;
  router: Router;
}

/** Every request gets a response, and no request may crash the process. */
async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { guard, page, router, log }: Answering,
): Promise<void> {
  try {
    setCommonHeaders(response);
    const address = request.url ?? "/";
    // `//` and `/\` are not valid paths.
    if (!URL.canParse(address, "http://bridge")) return plain(response, 400, "invalid path");
    if (!guard(request.headers)) return plain(response, 403, "refused: unknown host or foreign origin");
    const url = new URL(address, "http://bridge");
    if (!(await router.answer({ request, response, url, path: {} }))) page(request, response);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    log?.(`${request.method} ${request.url}: ${what}`);
    if (!response.headersSent) plain(response, 500, "internal error");
  }
}
