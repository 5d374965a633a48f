/** Set-ups for tests: the built-in ones, and generated ones with one and with eight chambers. */
import type { DetectorConfig } from "../../pipeline/model/index.js";
import { chooseDetector } from "../../runners/cli/detector-file.js";
import { detectorPresetNames } from "../../runners/cli/detector/presets.js";
import type { CliContext } from "../../runners/cli/verb.js";
import type { Scratch } from "./scratch.js";

/** Eight chambers with one FPGA each in two views, one cell of each masked. */
const eightChambers = `name: eight\nchambers:\n${[0, 1, 2, 3, 4, 5, 6, 7]
  .map(
    (i) =>
      `  - { name: C${i}, fpga: ${i}, first-channel: 64, height-mm: ${250 * i}, view: ${i % 3 === 1 ? "theta" : "phi"}, drift-offset-ns: 90, masked: [{ layer: 2, wire: ${i} }] }\n`,
  )
  .join("")}scintillator: { fpga: 0, channel: 200 }\n`;

/** One chamber with a fast gas, without a timing source. */
const oneChamber = `name: bench
chambers:
  - { name: Prototype, fpga: 3, first-channel: 0, height-mm: 100, view: phi, drift-offset-ns: 0 }
drift-velocity-um-per-ns: 55.5
timing: { sources: [] }
macrocells: []
readout: { heads: {} }
`;

/** Names of all set-ups, with the text of generated ones. */
export const setUps: readonly (readonly [name: string, text: string | null])[] = [
  ...detectorPresetNames().map((name) => [name, null] as const),
  ["eight", eightChambers],
  ["bench", oneChamber],
];

/** A set-up as `--detector` reads it. */
export function detectorNamed(scratch: Scratch, name: string, text: string | null): DetectorConfig {
  const detector = text === null ? name : scratch.write(`${name}.yaml`, text);
  return chooseDetector({ detector }, { folder: scratch.path } as CliContext).detector;
}
