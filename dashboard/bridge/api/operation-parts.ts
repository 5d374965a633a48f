/** What the operations share: parameters that come again, and how a request of the socket is asked. */
import type { Answer, SystemStatus } from "../../../pipeline/model/index.js";
import type { Monitor } from "../monitor/monitor.js";
import type { RequestHandler } from "../monitor/requests.js";
import { refusal } from "../requests.js";
import type { Store } from "../store/index.js";
import { numberOf, type Parameter } from "./operation.js";
import { newestFirst, type Paged } from "./pages.js";

export interface ApiParts {
  monitor: Monitor;
  store: Store;
  /** The socket's requests by name. */
  requests: Record<string, RequestHandler>;
  status: () => SystemStatus | null;
  totals: () => unknown;
}

export const query = (name: string, description: string, required = false): Parameter => ({
  name,
  in: "query",
  type: "integer",
  description,
  required,
});
export const inPath = (name: string, type: Parameter["type"], description: string): Parameter => ({
  name,
  in: "path",
  type,
  description,
  required: true,
});
export const format: Parameter = {
  name: "format",
  in: "query",
  type: "string",
  description: "json (default) or another form",
};
export const paging = [
  query("before_ms", "only what was before this moment, ms since 1970; default: now"),
  query("limit", "at most so many, 1 to 500; default 100; the header Link names the next ones"),
];
export const timeSpan = [
  query("from_ms", "from this moment on, ms since 1970", true),
  query("to_ms", "up to before this moment, ms since 1970", true),
];

type Ask = (name: string, payload?: unknown) => Answer<unknown> | Promise<Answer<unknown>>;

export function asker(requests: Record<string, RequestHandler>): Ask {
  return (name, payload) => requests[name]?.(payload) ?? refusal("unknown request");
}

/** The answer to a request for a list as a page that names the next one. */
export async function paged<T>(
  asked: ReturnType<Ask>,
  timeOf: (item: T) => number,
  read: (beforeMs: number, limit: number) => readonly T[],
): Promise<Paged<T>> {
  const answer = (await asked) as Answer<T[]>;
  return answer.ok ? newestFirst(answer.value, timeOf, read) : answer;
}

export function pageOf(query: URLSearchParams): object {
  return definedOf({ before_ms: numberOf(query, "before_ms"), limit: numberOf(query, "limit") });
}

export function spanOf(query: URLSearchParams): object {
  return {
    from_ms: numberOf(query, "from_ms"),
    to_ms: numberOf(query, "to_ms"),
    points: numberOf(query, "points"),
  };
}

function definedOf(fields: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
