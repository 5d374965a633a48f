/** A truncated list links to its next page, and all pages together contain the complete list. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { newestFirst, nextLink, type Paged } from "../../dashboard/bridge/api/pages.js";

interface Item {
  ms: number;
  name: string;
}

/** Reads newest first, like the store. */
function reader(items: readonly Item[]): (beforeMs: number, limit: number) => Item[] {
  const sorted = [...items].sort((a, b) => b.ms - a.ms);
  return (beforeMs, limit) => sorted.filter(({ ms }) => ms < beforeMs).slice(0, limit);
}

function allPages(items: readonly Item[], limit: number): { names: Set<string>; pages: number } {
  const [read, names] = [reader(items), new Set<string>()];
  let pages = 0;
  for (let beforeMs: number | undefined = Infinity; beforeMs !== undefined; pages += 1) {
    const page: Paged<Item> = newestFirst(read(beforeMs, limit), ({ ms }) => ms, read);
    if (!page.ok) throw new Error("no page");
    for (const { name } of page.value) names.add(name);
    beforeMs = page.next?.["before_ms"];
  }
  return { names, pages };
}

it("the pages contain all items, also those with the same time at a page break, and the last page has no link", () => {
  const times = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60 });
  fc.assert(
    fc.property(times, fc.integer({ min: 0, max: 5 }), (list, more) => {
      const items = list.map((ms, i) => ({ ms, name: String(i) }));
      const together = Math.max(0, ...list.map((ms) => list.filter((other) => other === ms).length));
      const { names, pages } = allPages(items, together + 1 + more);
      expect(names.size).toBe(items.length);
      expect(pages).toBeLessThanOrEqual(items.length + 1);
    }),
  );
});

it("the link keeps the rest of the query", () => {
  const url = new URL("http://bridge/api/v1/windows?from_ms=1&to_ms=9&limit=2&format=jsonl");
  const link = '</api/v1/windows?from_ms=5&to_ms=9&limit=2&format=jsonl>; rel="next"';
  expect(nextLink(url, { from_ms: 5 })).toBe(link);
});
