/** `detector draw`: chambers, cells and channels of a detector file as a picture for a visual check. */
import { chooseDetector, runOption } from "../detector-file.js";
import { defineVerb, type CliContext } from "../verb.js";
import { drawingOf } from "./drawing.js";

export const drawVerb = defineVerb({
  name: "detector draw",
  summary: "draw chambers, cells and channels of a detector file",
  description: `Writes an SVG picture of a detector file or preset to standard output: the chambers of each view at their heights, every
cell with its channel, masked cells crossed out, and the timing inputs. Check it against the pin table.`,
  arguments: [{ name: "<file>", description: "detector file, folder of them, or name of a preset" }],
  options: [runOption],
  examples: [
    "muonitor detector draw mine.yaml > mine.svg",
    "muonitor detector draw bologna-2022 > bologna.svg",
  ],
  run: ({ file, run }, context: CliContext) => {
    const { detector } = chooseDetector(
      { detector: file, ...(run !== undefined && { run }) },
      context,
      "bounded",
    );
    context.stdout.write(drawingOf(detector, file));
    return Promise.resolve(0);
  },
});
