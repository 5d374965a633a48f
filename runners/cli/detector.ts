/** `detector`: commands on detector files. */
import { calibrateVerb } from "./detector/calibrate.js";
import { drawVerb } from "./detector/draw.js";
import type { VerbGroup } from "./verb.js";

export const detectorGroup: VerbGroup = {
  name: "detector",
  summary: "calibrate and draw a telescope",
  description: "Commands on detector files; muonitor config detector prints the default one.",
  verbs: [calibrateVerb, drawVerb],
};
