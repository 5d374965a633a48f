/** A progress line on the terminal; nothing without a terminal. */
import type { Writable } from "node:stream";
import type { Progress } from "../batch/direct/bounded-run.js";

interface ProgressLine {
  /** @param totalBytes size of all inputs; null if unknown */
  show(progress: Progress, totalBytes: number | null): void;
  clear(): void;
}

const refreshMs = 200;
const bytesPerMB = 1e6;

export function createProgressLine(stream: Writable & { isTTY?: boolean }): ProgressLine {
  if (stream.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  let shownMs = 0;
  return {
    show(progress, totalBytes) {
      const now = performance.now();
      if (now - shownMs < refreshMs) return;
      shownMs = now;
      stream.write(`\r\u001b[2K${textOf(progress, totalBytes)}`);
    },
    clear: () => void stream.write("\r\u001b[2K"),
  };
}

function textOf({ bytesRead, rows, windows }: Progress, totalBytes: number | null): string {
  const read = `${(bytesRead / bytesPerMB).toFixed(0)} MB`;
  const of = totalBytes === null ? "" : ` of ${(totalBytes / bytesPerMB).toFixed(0)} MB`;
  return `read ${read}${of}, ${rows.toLocaleString("en")} rows, ${windows} windows written`;
}
