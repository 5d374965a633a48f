/** Routes by method and path: the only way to declare responses. HEAD is answered as GET, without the body. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { addRoute, createRouter, findRoute } from "rou3";
import { allowOf, HttpError, methodOf, plain } from "./answer.js";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type Method = (typeof methods)[number];

/** A request with the place for its answer. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** Parts of the path by name, decoded. */
  path: Readonly<Record<string, string>>;
}

export interface Route {
  method: Method;
  /** With names in braces: `/api/v1/windows/{id}`. */
  path: string;
  /** Answers, or throws {@link HttpError} to refuse. */
  run: (exchange: Exchange) => void | Promise<void>;
}
export type Routes = readonly Route[];

/** Paths that share a beginning, who may use them, and in which form they refuse. */
export interface Area {
  prefix: string;
  /** Called before the route is looked for. @throws HttpError for who may not come in */
  admit: (exchange: Exchange) => void;
  refuse: (exchange: Exchange, error: HttpError) => void;
  /** Responds that there is no such path. */
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
   * Answers a request, in whatever comes of it with an error of HTTP at least.
   * @returns whether the path is one of the routes or areas; if not, nothing has been answered
   * @throws what a route throws that is no {@link HttpError}, after a general answer
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

  /** The route of a request; null where there is none at its path. @throws HttpError 405 where there are others */
  private find({ request, url: { pathname } }: Exchange): (Pick<Exchange, "path"> & { route: Route }) | null {
    const at = (method: string) =>
      pathname.endsWith("/") ? undefined : findRoute(this.tree, method, pathname);
    const found = at(methodOf(request));
    if (found !== undefined) return { route: found.data, path: decoded(found.params ?? {}) };
    const others = methods.filter((method) => at(method) !== undefined);
    if (others.length === 0) return null;
    throw new HttpError(405, "this path has other methods", { allow: allowOf(others) });
  }
}

/** One line of text as a refusal. */
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
