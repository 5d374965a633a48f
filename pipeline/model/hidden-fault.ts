/** "Surprise me" of practice mode: a random fault that is hidden until it is revealed. */
import type { DetectorFault } from "./detector-faults.js";

/** A round in progress. */
export interface HiddenRound {
  /** Server clock when it began, ms. The fault may start some seconds later, or there is none. */
  since_ms: number;
}

/** The solution of a round. */
export interface RevealedRound {
  /** Null if the telescope had no fault. */
  fault: DetectorFault | null;
  /** The fault in words. */
  words: string;
  /** Server clock when the fault started (without a fault, when the round began) and when it was revealed, ms. */
  begun_ms: number;
  revealed_ms: number;
  /** The first alarm after the fault started; null if none was raised. */
  alarm: { rule: string; reason: string; raised_ms: number } | null;
}
