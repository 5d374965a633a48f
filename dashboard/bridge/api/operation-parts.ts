/** What the operations share: parameters that come again, and how a request of the socket is asked. */
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
  description: "json (default) or another form",
};
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

/** The schema of a request that comes as a query: each of its numbers is a parameter. */
interface QuerySchema {
  properties: Record<string, object>;
  required?: readonly string[] | undefined;
}

/**
 * Parameters of a query as they are documented.
 * @param texts descriptions of those that are no numbers
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

/** The request in a query: whole numbers, NaN for invalid ones, without missing ones and texts. */
export function queryOf(
  { properties }: QuerySchema,
  query: URLSearchParams,
  texts: readonly string[] = [],
): Record<string, number> {
  const names = Object.keys(properties).filter((name) => !texts.includes(name));
  const given = names.map((name) => [name, numberOf(query, name)] as const);
  return Object.fromEntries(given.filter((pair): pair is [string, number] => pair[1] !== undefined));
}
