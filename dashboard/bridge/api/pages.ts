/** Paged lists: the query parameters of the next page, for the Link header of the response (RFC 8288). */
import type { Answer } from "../../../pipeline/model/index.js";

/** Parameters of the next page that differ from this page's. */
export type NextPage = Readonly<Record<string, number>>;

/** An answer that may be one page of a list. */
export type Paged<T> = Answer<T[]> & { next?: NextPage };

/**
 * A page of a list, newest first, by `before_ms`.
 * @param items the page
 * @param timeOf time of an item, ms
 * @param read reads a limited number of items before a time, newest first
 */
export function newestFirst<T>(
  items: T[],
  timeOf: (item: T) => number,
  read: (beforeMs: number, limit: number) => readonly T[],
): Paged<T> {
  const last = items.at(-1);
  if (last === undefined) return { ok: true, value: items };
  const lastMs = timeOf(last);
  // Several items may have the same time, and the page may end among them.
  const same = items.filter((item) => timeOf(item) === lastMs).length;
  const isCutWithin = countAt(read(lastMs + 1, same + 1), lastMs, timeOf) > same && same < items.length;
  if (isCutWithin) return { ok: true, value: items, next: { before_ms: lastMs + 1 } };
  return read(lastMs, 1).length === 0
    ? { ok: true, value: items }
    : { ok: true, value: items, next: { before_ms: lastMs } };
}

function countAt<T>(items: readonly T[], ms: number, timeOf: (item: T) => number): number {
  return items.filter((item) => timeOf(item) === ms).length;
}

/** The value of a Link header. */
export function nextLink({ pathname, searchParams }: URL, next: NextPage): string {
  const query = new URLSearchParams(searchParams);
  for (const [name, value] of Object.entries(next)) query.set(name, String(value));
  return `<${pathname}?${query.toString()}>; rel="next"`;
}
