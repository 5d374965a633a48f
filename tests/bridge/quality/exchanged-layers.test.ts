/** Every pair of exchanged layers is named. The windows are of a telescope model independent of the simulator. */
import { describe, expect, it } from "vitest";
import { RunJudge } from "../../../dashboard/bridge/quality/run-judge.js";
import { ToyTelescope } from "./toy-telescope.js";

const pairs = [
  [1, 2],
  [1, 3],
  [1, 4],
  [2, 3],
  [2, 4],
  [3, 4],
] as const;

describe("exchanged layers", () => {
  it.each(pairs)("%i and %i are named in the light and by the command judge", (first, second) => {
    const [telescope, judge] = [new ToyTelescope({ seed: 10 * first + second }), new RunJudge()];
    const lines = Array.from({ length: 5 }, () =>
      judge.take(telescope.next({ layers: [1, first, second] })),
    ).flat();
    lines.push(...judge.finish());
    const line = lines.find(({ light, rule }) => light === "chamber:1" && rule === "cabling");
    expect(line?.reason).toMatch(new RegExp(`^layers ${first} and ${second} .*are exchanged`));
    expect(line?.numbers).toMatchObject({ layer: first, other_layer: second });
    const [alarm, ...others] = judge.summary().alarms;
    expect(others).toEqual([]);
    expect(alarm?.reason).toMatch(new RegExp(`^layers ${first} and ${second} are exchanged`));
  });
});
