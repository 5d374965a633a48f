/** Faults that the simulator does not have, made in its rows. */
import { expect, it } from "vitest";
import { Practice } from "./practice.js";

/** Columns of a row. */
const [headAt, fpgaAt, channelAt, orbitAt] = [0, 1, 2, 3];

function withBit(fpga: number, change: (orbit: number) => number): (fields: string[]) => string[] {
  return (fields) =>
    fields[fpgaAt] === String(fpga) ? fields.with(orbitAt, String(change(Number(fields[orbitAt])))) : fields;
}

it.each([
  ["bit 0 of the orbits of FPGA 0 set", withBit(0, (orbit) => orbit | 1)],
  ["bit 4 of the orbits of FPGA 1 cleared", withBit(1, (orbit) => (orbit & ~16) >>> 0)],
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

it("a chamber that keeps only the first hit of an orbit is never shown as good", () => {
  const practice = new Practice({ rateHz: 1000, seed: 11 });
  practice.run(30);
  let last = "";
  practice.stream.changeRow = (fields) => {
    const isOfChamber = fields[headAt] === "2" && fields[fpgaAt] === "1" && Number(fields[channelAt]) >= 64;
    if (!isOfChamber || Number(fields[channelAt]) >= 128) return fields;
    const isFirst = fields[orbitAt] !== last;
    last = fields[orbitAt] as string;
    return isFirst ? fields : null;
  };
  practice.run(2);
  for (let window = 0; window < 40; window += 1) {
    expect(practice.quality.chambers[3]?.state).toBe("bad");
    practice.run(1);
  }
});
