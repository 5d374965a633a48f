/** The history of the lights: the states of each light over time. */
import type { Quality, QualityChange, QualityState, Verdict } from "./quality.js";

/** One state of a light, [from, to). */
export interface LightSpan {
  /** Server clock, ms. */
  from_ms: number;
  to_ms: number;
  state: QualityState;
  /** Why it had this state when it began. */
  reason: string;
}

/** The states of a light over some time; lights are named `whole`, `chamber 0`, `scintillator`, `data`. */
export interface LightHistory {
  light: string;
  /** By ascending time; the state in the gaps between spans is not known. */
  spans: LightSpan[];
}

/** Maximum number of spans of a light in one answer. */
export const maxLightSpans = 2000;

export function lightName(light: QualityChange["light"]): string {
  return typeof light === "string" ? light : `chamber ${light.chamber}`;
}

/** All lights of a judgement, in display order. */
export function lightsOfQuality(quality: Quality): [light: QualityChange["light"], verdict: Verdict][] {
  return [
    ["whole", quality.whole],
    ...quality.chambers.map((verdict, chamber): [QualityChange["light"], Verdict] => [{ chamber }, verdict]),
    ["scintillator", quality.scintillator],
    ["data", quality.data],
  ];
}
