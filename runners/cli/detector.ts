/** `detector`: what is done with detector files. */
import { calibrateVerb } from "./detector/calibrate.js";
import type { VerbGroup } from "./verb.js";

export const detectorGroup: VerbGroup = {
  name: "detector",
  summary: "calibrate a telescope",
  description: "Works on detector files; muonitor config detector prints the default one.",
  verbs: [calibrateVerb],
};
