/** Messages as JSON Lines: threads pass on bytes, which costs no copy, and a file takes them as they are. */
import type { WindowJson } from "../../../pipeline/beam/index.js";

/** Messages by run and window. */
export interface WindowLines {
  windowStartsMs: Float64Array;
  /** NaN where no run is known. */
  runs: Float64Array;
  /** One line for each message, each with its line feed. */
  bytes: Uint8Array<ArrayBuffer>;
}

export function windowLines(messages: readonly WindowJson[]): WindowLines {
  let text = "";
  for (const { json } of messages) text += `${json}\n`;
  return {
    windowStartsMs: Float64Array.from(messages, ({ windowStartMs }) => windowStartMs),
    runs: Float64Array.from(messages, ({ run }) => run ?? NaN),
    bytes: new TextEncoder().encode(text),
  };
}

export function messagesIn({ windowStartsMs, runs, bytes }: WindowLines): WindowJson[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return Array.from(windowStartsMs, (windowStartMs, i) => ({
    windowStartMs,
    run: Number.isNaN(runs[i]) ? null : (runs[i] as number),
    json: lines[i] as string,
  }));
}
