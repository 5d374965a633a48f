/** "Surprise me" of practice mode: a random fault that is hidden until it is revealed. */
import type { DetectorFault } from "./detector-faults.js";

/** A round that runs. */
export interface HiddenRound {
  /** Server clock when it began, ms. The fault may come some seconds later, or there is none. */
  since_ms: number;
}

/** The answer of a round. */
export interface RevealedRound {
  /** Null where the telescope was in order. */
  fault: DetectorFault | null;
  /** The fault in words. */
  words: string;
  /** Server clock when the fault came, without one when the round began; and when it was revealed, ms. */
  begun_ms: number;
  revealed_ms: number;
  /** The first alarm after the fault came; null where none was raised. */
  alarm: { rule: string; reason: string; raised_ms: number } | null;
}
