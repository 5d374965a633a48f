/** Faults of the practice mode in every set-up: no button may be refused or name a missing chamber. */
import { describe, expect, it } from "vitest";
import { checkFaultChange, detectorViewOf } from "../../pipeline/model/index.js";
import { practiceFaultsOf } from "../../dashboard/src/practice/faults.js";
import { scratchFolder } from "../helpers/scratch.js";
import { detectorNamed, setUps } from "../helpers/set-ups.js";

const scratch = scratchFolder();

describe("the faults of the practice mode", () => {
  it.each(setUps)("of %s are at existing places", (name, file) => {
    const detector = detectorNamed(scratch, name, file);
    const { chambers } = detectorViewOf(detector);
    for (const { name: fault, title, shows, on } of practiceFaultsOf(chambers)) {
      expect(() => checkFaultChange({ [fault]: on }, detector), fault).not.toThrow();
      const named = /(?:of|in) chamber (.+?)(?: dead)?$/.exec(title)?.[1];
      if (named === undefined) continue;
      expect(chambers.map((one) => one.name)).toContain(named);
      expect(shows).toContain(`chamber ${named}`);
    }
  });

  it("of the default set-up name the chambers affected by a dead FPGA", () => {
    const { chambers } = detectorViewOf(detectorNamed(scratch, "legnaro-1-2-1", null));
    const [deadFpga] = practiceFaultsOf(chambers);
    expect(deadFpga).toMatchObject({ title: "FPGA 1 dead", on: 1 });
    expect(deadFpga!.shows).toContain("chambers 2, 3.");
  });
});
