import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unroll } from "../../runners/topics/index.js";

describe("unrolled JSON", () => {
  it.each<[unknown, object[]]>([
    [42, [{ value: 42 }]],
    ["a", [{ value: "a" }]],
    [null, [{ value: null }]],
    [{ a: 1, b: { c: "x", d: { e: true } } }, [{ a: 1, "b.c": "x", "b.d.e": true }]],
    [
      [1, 2],
      [{ value: 1 }, { value: 2 }],
    ],
    [
      { run: 7, hits: [{ t: 1 }, { t: 2, q: 3 }] },
      [
        { run: 7, "hits.t": 1 },
        { run: 7, "hits.t": 2, "hits.q": 3 },
      ],
    ],
    // Arrays of the same object are unrolled in parallel; the shorter one ends first.
    [
      { edges: [0, 10, 20], counts: [5, 6] },
      [{ edges: 0, counts: 5 }, { edges: 10, counts: 6 }, { edges: 20 }],
    ],
    [
      { id: 1, parts: [{ xs: [1, 2] }, { xs: [3] }] },
      [
        { id: 1, "parts.xs": 1 },
        { id: 1, "parts.xs": 2 },
        { id: 1, "parts.xs": 3 },
      ],
    ],
    // Nothing is lost: an empty value is still a row.
    [{ id: 1, hits: [] }, [{ id: 1 }]],
    [{}, [{}]],
    [[], [{}]],
  ])("of %j", (value, rows) => {
    expect(unroll(value)).toEqual(rows);
  });

  it("a name such as __proto__ is an ordinary column", () => {
    expect(Object.entries(unroll(JSON.parse('{"__proto__": {"a": 1}}'))[0]!)).toEqual([["__proto__.a", 1]]);
  });

  it("a row of an object without arrays has every leaf once, under its path", () => {
    const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string());
    const name = fc.stringMatching(/^[a-z]{1,3}$/);
    const { tree } = fc.letrec((tie) => ({
      tree: fc.dictionary(name, fc.oneof({ maxDepth: 3 }, leaf, tie("tree"))),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const rows = unroll(value);
        expect(rows).toHaveLength(1);
        expect(rows[0]).toEqual(Object.fromEntries(leaves(value, [])));
      }),
    );
  });
});

/** An independent, slow traversal. */
function leaves(value: unknown, path: string[]): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[path.join("."), value]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, [...path, name]));
}
