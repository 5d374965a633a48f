/** Notes of people about a moment or a span of time. */

/** Longest text of a remark, in characters. */
export const maxRemarkLength = 500;

export interface Remark {
  id: string;
  /** The moment, or the start of the span; server clock, ms. */
  from_ms: number;
  /** End of the span; null for a moment. */
  to_ms: number | null;
  by: string;
  text: string;
  /** When it was written, ms. */
  written_ms: number;
  /** Whether the data at that time was simulated (practice). */
  demo: boolean;
  /** A withdrawn remark stays in the store and in reports. */
  withdrawn?: { by: string; at_ms: number };
}
