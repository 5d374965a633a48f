/** Cuts rows with run markers into pieces; each piece begins with the run of its first row. */
import { runMarker, runOfMarker } from "../../pipeline/model/index.js";

const lineFeed = 10;
const marker = Buffer.from("HEAD,run,");

/** The run of the rows that follow bytes[start, end), which begins at a line; `before` if the bytes contain no marker. */
export function runAfter(
  bytes: Uint8Array,
  start: number,
  end: number,
  before: number | null,
): number | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  for (
    let at = buffer.lastIndexOf(marker);
    at >= 0;
    at = at === 0 ? -1 : buffer.lastIndexOf(marker, at - 1)
  ) {
    const run = at === 0 || buffer[at - 1] === lineFeed ? runOfMarker(buffer, at, buffer.length) : null;
    if (run !== null) return run;
  }
  return before;
}

export function markerBytes(run: number | null): Uint8Array {
  return Buffer.from(run === null ? "" : runMarker(run));
}
