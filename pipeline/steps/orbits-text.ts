/** Orbits as JSON, faster than JSON.stringify: V8 stores orbits above 2^31 as doubles and takes 80 ns to format one. */
const [comma, zero, openBracket, closeBracket] = [44, 48, 91, 93];
const largestInteger = 2 ** 31 - 1;
const thousand = 1000;
/** Bytes of the longest orbit: ten digits and a comma. */
const longest = 11;
/** The three digits of each number below 1000. */
const digits = Uint8Array.from(
  { length: 3 * thousand },
  (_, i) => zero + (Math.floor(i / 3 / 10 ** (2 - (i % 3))) % 10),
);
let text = Buffer.alloc(1 << 14);

/** JSON of ascending numbers. */
export function orbitsText(orbits: readonly number[]): string {
  const last = orbits.at(-1) ?? 0;
  if (last <= largestInteger || last > 0xffffffff) return JSON.stringify(orbits);
  if (text.length < orbits.length * longest + 2) text = Buffer.alloc(orbits.length * longest * 2);
  const into = text;
  into[0] = openBracket;
  let at = 1;
  for (const orbit of orbits) {
    // The fast path needs ten digits.
    if (!(orbit >= 1e9 && orbit >>> 0 === orbit)) return JSON.stringify(orbits);
    const upper = Math.floor(orbit / 1e6);
    const lower = orbit - upper * 1e6;
    const top = (upper / thousand) | 0;
    into[at] = zero + top;
    putThree(into, at + 1, upper - top * thousand);
    const middle = (lower / thousand) | 0;
    putThree(into, at + 4, middle);
    putThree(into, at + 7, lower - middle * thousand);
    into[at + 10] = comma;
    at += longest;
  }
  into[at - 1] = closeBracket;
  return into.toString("latin1", 0, at);
}

function putThree(into: Uint8Array, at: number, value: number): void {
  into[at] = digits[value * 3] as number;
  into[at + 1] = digits[value * 3 + 1] as number;
  into[at + 2] = digits[value * 3 + 2] as number;
}
