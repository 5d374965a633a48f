/**
 * Routes requests by method and path; all responses are declared as routes. HEAD is answered like GET, without the
 * body.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { addRoute, createRouter, findRoute } from "rou3";
import { allowOf, HttpError, methodOf, plain } from "./answer.js";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type Method = (typeof methods)[number];

/** A request with its response. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** Parts of the path by name, decoded. */
  path: Readonly<Record<string, string>>;
}

export interface Route {
  method: Method;
  /** Parameters are in braces: `/api/v1/windows/{id}`. */
  path: string;
  /** Answers, or throws {@link HttpError} to refuse. */
  run: (exchange: Exchange) => void | Promise<void>;
}
export type Routes = readonly Route[];

/** Paths with a common prefix, an access check and a format of refusals. */
export interface Area {
  prefix: string;
  /** Called before the route is searched. @throws HttpError if access is denied */
  admit: (exchange: Exchange) => void;
  refuse: (exchange: Exchange, error: HttpError) => void;
  /** Message for unknown paths. */
  missing: string;
}

export class Router {
  private readonly tree = createRouter<Route>();

  constructor(
    routes: Routes,
    private readonly areas: readonly Area[] = [],
  ) {
    for (const route of routes)
      addRoute(this.tree, route.method, route.path.replaceAll(/\{(\w+)\}/g, ":$1"), route);
  }

  /**
   * Answers a request, if necessary with an HTTP error.
   * @returns whether the path is in a route or an area; if not, nothing is sent
   * @throws errors of a route other than {@link HttpError}, after a general response
   */
  async answer(exchange: Exchange): Promise<boolean> {
    const area = this.areas.find(({ prefix }) => exchange.url.pathname.startsWith(prefix));
    const refuse = area?.refuse ?? refuseInText;
    try {
      area?.admit(exchange);
      const found = this.find(exchange);
      if (found === null) {
        if (area === undefined) return false;
        throw new HttpError(404, area.missing);
      }
      await found.route.run({ ...exchange, path: found.path });
    } catch (error) {
      const isRefusal = error instanceof HttpError;
      if (exchange.response.headersSent) exchange.response.destroy();
      else refuse(exchange, isRefusal ? error : new HttpError(500, "internal error"));
      if (!isRefusal) throw error;
    }
    return true;
  }

  /** The route of a request; null if its path is unknown. @throws HttpError 405 if the path has only other methods */
  private find({ request, url: { pathname } }: Exchange): (Pick<Exchange, "path"> & { route: Route }) | null {
    const at = (method: string) =>
      pathname.endsWith("/") ? undefined : findRoute(this.tree, method, pathname);
    const found = at(methodOf(request));
    if (found !== undefined) return { route: found.data, path: decoded(found.params ?? {}) };
    const others = methods.filter((method) => at(method) !== undefined);
    if (others.length === 0) return null;
    throw new HttpError(405, "method not allowed for this path", { allow: allowOf(others) });
  }
}

/** Refuses with one line of text. */
export function refuseInText({ response }: Exchange, { status, message, headers }: HttpError): void {
  plain(response, status, message, headers);
}

function decoded(parts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, decode(part)]));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
