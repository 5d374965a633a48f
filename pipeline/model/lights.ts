/** The history of the lights: which state each had from when to when. */
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

/** A light over some time, by its name: `whole`, `chamber 0`, `scintillator`, `data`. */
export interface LightHistory {
  light: string;
  /** In order; the state between two of them is not known. */
  spans: LightSpan[];
}

/** Largest number of spans of a light in one answer. */
export const maxLightSpans = 2000;

export function lightName(light: QualityChange["light"]): string {
  return typeof light === "string" ? light : `chamber ${light.chamber}`;
}

/** All lights of a judgement, in the order in which they are shown. */
export function lightsOfQuality(quality: Quality): [light: QualityChange["light"], verdict: Verdict][] {
  return [
    ["whole", quality.whole],
    ...quality.chambers.map((verdict, chamber): [QualityChange["light"], Verdict] => [{ chamber }, verdict]),
    ["scintillator", quality.scintillator],
    ["data", quality.data],
  ];
}
