/** Publishing: a message as the bytes written to `data_clean`. */
import type { WindowMessage } from "../model/index.js";

/** Compact JSON in the order of the schema's keys, without a line feed. */
export function encodeMessage(message: WindowMessage): string {
  return JSON.stringify(message);
}
