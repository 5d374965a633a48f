import { expect, it } from "vitest";
import { planOf, type Step } from "./chaos/plan.js";

function steps(count: number, names: readonly string[], seed: number): Step[] {
  const plan = planOf(names, seed);
  return Array.from({ length: count }, () => plan.next().value);
}

it("the same seed gives the same faults and times; another seed gives different ones", () => {
  const names = ["a", "b", "c", "d", "e"];
  expect(steps(20, names, 7)).toEqual(steps(20, names, 7));
  expect(steps(20, names, 7)).not.toEqual(steps(20, names, 8));
});

it("each fault occurs once before any is repeated", () => {
  const names = ["a", "b", "c"];
  const found = steps(9, names, 3).map(({ fault }) => fault);
  for (const from of [0, 3, 6]) expect(found.slice(from, from + 3).sort()).toEqual(names);
});
