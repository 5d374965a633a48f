/** An FPGA whose orbit counter has a stuck bit: half of its orbits are those of other muons. */
import { expect, it } from "vitest";
import { Practice } from "./practice.js";

/** Columns of a row. */
const [fpgaAt, orbitAt] = [1, 3];

function withBit(fpga: number, change: (orbit: number) => number): (fields: string[]) => string[] {
  return (fields) =>
    fields[fpgaAt] === String(fpga) ? fields.with(orbitAt, String(change(Number(fields[orbitAt])))) : fields;
}

it.each([
  ["bit 0 of FPGA 0 set", withBit(0, (orbit) => orbit | 1)],
  ["bit 4 of FPGA 1 cleared", withBit(1, (orbit) => (orbit & ~16) >>> 0)],
])("%s is found, alone, until its repair", (_, changeRow) => {
  const practice = new Practice({ rateHz: 1000, seed: 3 });
  practice.run(30);
  practice.stream.changeRow = changeRow;
  practice.run(4);
  for (let window = 0; window < 8; window += 1) {
    const [fault, ...others] = practice.faults;
    expect(others).toEqual([]);
    expect(fault?.key).toBe("fpga-orbit fpga 0");
    expect(fault?.reason).toMatch(
      /^the orbit counters of FPGAs 0 and 1 differ in part of the orbits, as with a stuck bit: their chambers share \d\d ± \d+ % of the usual number of muons \(its own past since .* UTC\)$/,
    );
    expect(Math.abs(fault!.numbers["ratio"]! - 0.5)).toBeLessThan(0.15);
    practice.run(1);
  }
  practice.stream.changeRow = null;
  practice.run(4);
  expect(practice.faults).toEqual([]);
});
