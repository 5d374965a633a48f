/** An FPGA that loses a part of its rows. */
import { describe, expect, it } from "vitest";
import { Practice } from "./practice.js";

describe.each(["clean", "legnaro-real"] as const)("an FPGA of the model %s", (preset) => {
  it.each([
    [0, 0.6],
    [1, 0.6],
    [1, 0.3],
    [0, 0],
  ])(
    "%d that keeps %d of its rows is named within two windows, alone, until its repair",
    (fpga, strength) => {
      const practice = new Practice({ rateHz: 1000, preset, seed: 3 });
      practice.run(30);
      practice.set({ detector: [{ kind: "fpga_loss", fpga, strength }] });
      practice.run(2);
      for (let window = 0; window < 10; window += 1) {
        const [fault, ...others] = practice.faults;
        expect(others).toEqual([]);
        expect(fault?.key).toBe(`dead-fpga fpga ${fpga}`);
        if (strength > 0) {
          expect(fault?.reason).toMatch(
            new RegExp(`^FPGA ${fpga} loses rows: hits of .* are \\d\\d ± \\d % of normal`),
          );
          expect(Math.abs((fault?.numbers["fraction"] ?? 1) - strength)).toBeLessThan(0.12);
        }
        practice.run(1);
      }
      practice.set({ detector: [] });
      practice.run(4);
      expect(practice.faults).toEqual([]);
    },
  );

  it.each([
    { kind: "words_lost", fpga: 0 },
    { kind: "chamber_loss", chamber: 0, strength: 0.5 },
    { kind: "rate", strength: 0.5 },
    { kind: "dead_time", strength: 0.5 },
    { kind: "chamber_noise", chamber: 1, strength: 3 },
  ] as const)("is not named for $kind", (fault) => {
    const practice = new Practice({ rateHz: 1000, preset, seed: 4 });
    practice.run(20);
    practice.set({ detector: [fault] });
    for (let window = 0; window < 8; window += 1) {
      practice.run(1);
      expect(practice.faults.map(({ rule }) => rule)).not.toContain("dead-fpga");
    }
  });

  it.each([
    { kind: "fpga_loss", fpga: 1, strength: 0.7 },
    { kind: "chamber_loss", chamber: 0, strength: 0.75 },
  ] as const)("raises no further alarms after the end of $kind", (fault) => {
    const practice = new Practice({ rateHz: 1000, preset, seed: 4 });
    practice.run(40);
    practice.set({ detector: [fault] });
    practice.run(36);
    const known = practice.faults.map(({ key }) => key);
    expect(known).toHaveLength(1);
    practice.set({ detector: [] });
    for (let window = 0; window < 20; window += 1) {
      practice.run(1);
      for (const { key } of practice.faults) expect(known).toContain(key);
    }
    expect(practice.faults).toEqual([]);
  });
});
