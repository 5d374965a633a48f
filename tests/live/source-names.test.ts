import { expect, it } from "vitest";
import { isSimulator, nameOfRun, simulatorName } from "../../runners/live/source-names.js";

it("rows of the simulator are recognised from any system and from `produce`", () => {
  expect(isSimulator(simulatorName)).toBe(true);
  expect(isSimulator(nameOfRun(simulatorName, 7))).toBe(true);
  for (const other of ["file", "s3-7", nameOfRun("file", 7), "simulators"])
    expect(isSimulator(other)).toBe(false);
});
