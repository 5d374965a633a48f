/** Publishing: a message as the bytes written to `data_clean`. */
import type { WindowMessage } from "../model/index.js";
import { orbitsText } from "./orbits-text.js";
import { edgesText } from "./shared-edges.js";

/** Compact JSON in the order of the schema's keys, without a line feed: the text that JSON.stringify gives. */
export function encodeMessage(message: WindowMessage): string {
  return objectText(message, (key, value) => {
    if (key === "active_tdc_chamber") return chambersText(value as Chambers, orbitsText);
    return sharedEdgesKeys.has(key) ? chambersText(value as Chambers, edgesText) : JSON.stringify(value);
  });
}

/** Keys whose bin edges all messages of a detector share. */
const sharedEdgesKeys = new Set(["tdc_counts_chamber", "scint_tdc_counts_chamber", "drift_time_chamber"]);

type Chambers = Record<string, { bin_edges: readonly number[] }>;

function chambersText(chambers: Chambers, text: (edges: readonly number[]) => string): string {
  return objectText(chambers, (_, histogram) =>
    objectText(histogram as object, (key, value) =>
      key === "bin_edges" ? text(value as number[]) : JSON.stringify(value),
    ),
  );
}

function objectText(value: object, memberText: (key: string, member: unknown) => string): string {
  let text = "";
  for (const [key, member] of Object.entries(value) as [string, unknown][]) {
    if (member === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${memberText(key, member)}`;
  }
  return `{${text}}`;
}
