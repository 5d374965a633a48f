import { expect, test } from "vitest";
import { Random } from "../../producer/random.js";

const mask = 0xffffffffn;

/** xoshiro128** as in its reference code, with big integers. */
function reference(state: bigint[]): () => bigint {
  const rotate = (x: bigint, bits: bigint) => ((x << bits) | (x >> (32n - bits))) & mask;
  return () => {
    const result = (rotate((state[1]! * 5n) & mask, 7n) * 9n) & mask;
    const shifted = (state[1]! << 9n) & mask;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotate(state[3]!, 11n);
    return result;
  };
}

test("numbers are those of xoshiro128**", () => {
  const random = new Random(12345);
  const { s0, s1, s2, s3 } = random as unknown as Record<string, number>;
  const next = reference([s0!, s1!, s2!, s3!].map((word) => BigInt(word >>> 0)));
  for (let i = 0; i < 1000; i += 1) expect(BigInt(random.nextUint32())).toBe(next());
});

test("the distributions have the correct mean and spread", () => {
  const random = new Random(7);
  const n = 100_000;
  const moments = (draw: () => number) => {
    const values = Array.from({ length: n }, draw);
    const mean = values.reduce((sum, x) => sum + x, 0) / n;
    return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n };
  };
  const uniform = moments(() => random.uniform());
  expect(uniform.mean).toBeCloseTo(0.5, 2);
  expect(uniform.variance).toBeCloseTo(1 / 12, 2);
  const normal = moments(() => random.normal());
  expect(Math.abs(normal.mean)).toBeLessThan(0.02);
  expect(Math.abs(normal.variance - 1)).toBeLessThan(0.03);
  expect(Math.abs(moments(() => random.exponential()).mean - 1)).toBeLessThan(0.02);
});

test("different seeds give different numbers", () => {
  const first = new Set(Array.from({ length: 1000 }, (_, seed) => new Random(seed).nextUint32()));
  expect(first.size).toBe(1000);
});
