/** What the operations share: common parameters, and calls to the socket's request handlers. */
import type { Answer, DetectorView, SystemStatus } from "../../../pipeline/model/index.js";
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
  detector: () => DetectorView;
}

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
  description: "json (default) or another format",
};
type Ask = (name: string, payload?: unknown) => Answer<unknown> | Promise<Answer<unknown>>;

export function asker(requests: Record<string, RequestHandler>): Ask {
  return (name, payload) => requests[name]?.(payload) ?? refusal("unknown request");
}

/** The answer to a request for a list, as a page with the parameters of the next page. */
export async function paged<T>(
  asked: ReturnType<Ask>,
  timeOf: (item: T) => number,
  read: (beforeMs: number, limit: number) => readonly T[],
): Promise<Paged<T>> {
  const answer = (await asked) as Answer<T[]>;
  return answer.ok ? newestFirst(answer.value, timeOf, read) : answer;
}

/** The schema of a request sent as a query: each of its numbers is a parameter. */
interface QuerySchema {
  properties: Record<string, object>;
  required?: readonly string[] | undefined;
}

/**
 * The documented parameters of a query.
 * @param texts descriptions of the parameters that are not numbers
 */
export function queryParameters(
  { properties, required = [] }: QuerySchema,
  texts: Readonly<Record<string, string>> = {},
): Parameter[] {
  return Object.entries(properties).map(([name, schema]) => {
    const { description = texts[name] ?? "" } = schema as { description?: string };
    const type = texts[name] === undefined ? "integer" : "string";
    return { name, in: "query", type, description, required: required.includes(name) };
  });
}

/** The numbers of a query: integers, or NaN if invalid; missing parameters and texts are left out. */
export function queryOf(
  { properties }: QuerySchema,
  query: URLSearchParams,
  texts: readonly string[] = [],
): Record<string, number> {
  const names = Object.keys(properties).filter((name) => !texts.includes(name));
  const given = names.map((name) => [name, numberOf(query, name)] as const);
  return Object.fromEntries(given.filter((pair): pair is [string, number] => pair[1] !== undefined));
}
